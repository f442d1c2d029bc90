# fails: test_random_writers_are_dealt_as_by_hand
# fills one part after the other by what it lacks in its largest class
for dealt, writer in enumerate(order):
    if len(order) - dealt == len(waiting):
        open_parts = sorted(waiting)
    need = lacking.amax(dim=1)
    part = max(open_parts, key=lambda part: float(need[part]))
    lacking[part] -= per_class[writer]
    waiting.discard(part)
    part_of[writer] = part
