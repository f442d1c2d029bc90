# fails: test_every_part_gets_some_of_every_class, test_random_writers_are_dealt_as_by_hand
# deals by the number of images alone
for dealt, writer in enumerate(order):
    if len(order) - dealt == len(waiting):
        open_parts = sorted(waiting)
    need = lacking.sum(dim=1)
    part = max(open_parts, key=lambda part: float(need[part]))
    lacking[part] -= per_class[writer]
    waiting.discard(part)
    part_of[writer] = part
