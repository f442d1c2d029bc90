# fails: test_what_was_given_stays_as_it_was
# takes each writer out of the list that was given
while order:
    if len(order) == len(waiting):
        open_parts = sorted(waiting)
    writer = order.pop(0)
    need = lacking @ per_class[writer]
    part = max(open_parts, key=lambda part: float(need[part]))
    waiting.discard(part)
    part_of[writer] = part
    lacking[part] -= per_class[writer]
