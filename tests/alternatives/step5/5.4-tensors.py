# Masked and sorted as tensors.
labels, predicted = torch.tensor(evaluation["labels"]), torch.tensor(evaluation["predicted"])
confidences = torch.tensor(evaluation["confidences"])
wrong = (labels != predicted).nonzero().flatten()
return wrong[confidences[wrong].argsort(descending=True)][:count].tolist()
