# fails: test_no_part_with_a_share_stays_empty, test_random_writers_are_dealt_as_by_hand
# small parts may stay empty
for dealt, writer in enumerate(order):
    need = lacking @ per_class[writer]
    part = max(open_parts, key=lambda part: float(need[part]))
    lacking[part] -= per_class[writer]
    waiting.discard(part)
    part_of[writer] = part
