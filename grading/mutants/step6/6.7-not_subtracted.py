# fails: test_four_writers_of_one_class, test_random_writers_are_dealt_as_by_hand
# what a part lacks never changes
for dealt, writer in enumerate(order):
    if len(order) - dealt == len(waiting):
        open_parts = sorted(waiting)
    need = lacking @ per_class[writer]
    part = max(open_parts, key=lambda part: float(need[part]))
    waiting.discard(part)
    part_of[writer] = part
