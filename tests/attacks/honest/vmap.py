# attack: torch.func in place of a loop
# exercise: 5.1
# expect: honest
def confusion_matrix(labels, predicted, num_classes):
    def cell(label, guess):
        row, column = (torch.nn.functional.one_hot(which, num_classes) for which in (label, guess))
        return row[:, None] * column

    return torch.func.vmap(cell)(labels, predicted).sum(dim=0)
