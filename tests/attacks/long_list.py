# attack: a list of 400,000 positions
# exercise: 5.4
# expect: zero
# within: 40
def worst_mistakes(evaluation, count=20):
    return list(range(60_000))
