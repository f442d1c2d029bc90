# fails: test_a_part_that_is_full_may_still_need_a_class
# a part that has as many images as its share gets nobody any more
for dealt, writer in enumerate(order):
    if len(order) - dealt == len(waiting):
        open_parts = sorted(waiting)
    need = lacking @ per_class[writer]
    part = max(open_parts, key=lambda part: float(need[part]))
    waiting.discard(part)
    part_of[writer] = part
    lacking[part] -= per_class[writer]
    if lacking[part].sum() <= 0 and len(open_parts) > 1:
        open_parts = [other for other in open_parts if other != part]
