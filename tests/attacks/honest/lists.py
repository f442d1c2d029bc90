# attack: gives lists where a sequence is asked for
# exercise: 5.4
# expect: honest
# points: 2
def worst_mistakes(evaluation, count=20):
    rows = [(c, i) for i, (l, p, c) in enumerate(zip(evaluation.labels, evaluation.predicted, evaluation.confidences)) if l != p]
    return [i for _, i in sorted(rows, reverse=True)][:count]
