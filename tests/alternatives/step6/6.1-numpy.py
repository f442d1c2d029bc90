# in NumPy, with float64 in between
share = np.minimum(difference.numpy().astype(float) / strongest, 1)
share[share <= GRAIN] = 0
return torch.from_numpy(share.astype(np.float32))
# ---
levels = grey.numpy().astype(float) - paper
candidates = [torch.from_numpy(np.maximum(sign * levels, 0)).float() for sign in (-1, 1)]
return max(candidates, key=_strongest)
