# fails: test_the_order_is_one_of_writers, test_random_writers_are_dealt_as_by_hand
# deals writers by their numbers
for dealt, writer in enumerate(range(len(order))):
    if len(order) - dealt == len(waiting):
        open_parts = sorted(waiting)
    need = lacking @ per_class[writer]
    part = max(open_parts, key=lambda part: float(need[part]))
    lacking[part] -= per_class[writer]
    waiting.discard(part)
    part_of[writer] = part
