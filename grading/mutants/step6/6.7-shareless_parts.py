# fails: test_a_part_without_a_share_gets_nobody
# a part without a share is open too
for dealt, writer in enumerate(order):
    choices = sorted(waiting) if len(order) - dealt == len(waiting) else range(len(fractions))
    need = lacking @ per_class[writer]
    part = max(choices, key=lambda part: float(need[part]))
    lacking[part] -= per_class[writer]
    waiting.discard(part)
    part_of[writer] = part
