# fails: test_too_much_of_a_class_counts_against_a_part
# a part that has too many of a class counts as one that has just enough
for dealt, writer in enumerate(order):
    if len(order) - dealt == len(waiting):
        open_parts = sorted(waiting)
    need = lacking.clamp(min=0) @ per_class[writer]
    part = max(open_parts, key=lambda part: float(need[part]))
    lacking[part] -= per_class[writer]
    waiting.discard(part)
    part_of[writer] = part
