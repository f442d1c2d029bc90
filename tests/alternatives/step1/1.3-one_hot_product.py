# The look-up as a matrix product.
count = int(strokes.max()) + 1
shifts = torch.randn(2, len(strokes), count, generator=generator)
return torch.einsum("nps,ans->npa", F.one_hot(strokes, count).float(), shifts)
