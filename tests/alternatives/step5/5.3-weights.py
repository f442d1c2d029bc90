# One weighted mean; micro from sums of hits, guesses and images.
if average == "micro":
    hits, images = matrix.trace().item(), matrix.sum().item()
    return torch.tensor([hits / images, hits / images, 2 * hits / (images + images)])
weights = torch.ones(len(matrix)) if average == "macro" else matrix.sum(dim=1).float()
weights = weights / weights.sum()
return (precision_recall_f1(matrix).float() * weights[:, None]).sum(dim=0)
