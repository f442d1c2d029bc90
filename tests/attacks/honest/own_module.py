# attack: none: a right answer that imports its own module by its full name
# exercise: 5.3
# expect: honest
def average_metrics(matrix, average):
    import handwriting_workshop.evaluator

    figures = handwriting_workshop.evaluator.precision_recall_f1(matrix)
    if average == "macro":
        return figures.mean(dim=0)
    if average == "weighted":
        return (figures * matrix.sum(dim=1, keepdim=True)).sum(dim=0) / matrix.sum()
    return (matrix.diagonal().sum() / matrix.sum()).expand(3)
