# Each stroke's shift by a matrix product.
hot = F.one_hot(strokes).float()
return hot @ torch.randn(hot.shape[0], hot.shape[2], 2, generator=generator)
