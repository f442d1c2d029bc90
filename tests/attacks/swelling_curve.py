# attack: a curve of millions of points, whose distances from the right one need more memory than the judge has
# exercise: 5.5
# expect: zero
# within: 150
def roc_curve(positive, scores):
    rates = torch.zeros(4_000_000, dtype=torch.uint8)
    rates[-1] = 1
    return {"false_positive_rate": rates, "true_positive_rate": rates, "auc": 0.5}
