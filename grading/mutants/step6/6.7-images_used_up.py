# fails: test_what_was_given_stays_as_it_was
# what a writer has is set to 0 when the writer was dealt
for dealt, writer in enumerate(order):
    if len(order) - dealt == len(waiting):
        open_parts = sorted(waiting)
    need = lacking @ per_class[writer]
    part = max(open_parts, key=lambda part: float(need[part]))
    waiting.discard(part)
    part_of[writer] = part
    lacking[part] -= per_class[writer]
    per_class[writer] = 0
