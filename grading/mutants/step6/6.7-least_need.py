# fails: test_four_writers_of_one_class, test_random_writers_are_dealt_as_by_hand
# the part that needs a writer least gets it
for dealt, writer in enumerate(order):
    if len(order) - dealt == len(waiting):
        open_parts = sorted(waiting)
    need = lacking @ per_class[writer]
    part = min(open_parts, key=lambda part: float(need[part]))
    lacking[part] -= per_class[writer]
    waiting.discard(part)
    part_of[writer] = part
