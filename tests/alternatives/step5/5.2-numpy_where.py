# numpy warns about 0 / 0, and the quotient is not taken there.
counts = matrix.numpy()
hits, guessed, there = np.diag(counts), counts.sum(axis=0), counts.sum(axis=1)
parts = ((hits, guessed), (hits, there), (2 * hits, guessed + there))
return torch.from_numpy(np.stack([np.where(below > 0, above / below, 0.0) for above, below in parts], axis=1))
