# fails: test_every_part_gets_some_of_every_class, test_random_writers_are_dealt_as_by_hand
# among equals the last part wins
for dealt, writer in enumerate(order):
    if len(order) - dealt == len(waiting):
        open_parts = sorted(waiting)
    need = lacking @ per_class[writer]
    part = max(reversed(open_parts), key=lambda part: float(need[part]))
    lacking[part] -= per_class[writer]
    waiting.discard(part)
    part_of[writer] = part
