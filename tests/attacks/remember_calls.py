# attack: remembers inputs between calls, and gives the last answer that fits
# exercise: 5.4
# expect: zero
seen = {}


def worst_mistakes(evaluation, count=20):
    key = len(evaluation.labels)
    seen.setdefault(key, list(range(min(count, key))))
    return seen[key]
