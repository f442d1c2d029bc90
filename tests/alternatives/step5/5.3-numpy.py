# numpy's average.
counts = matrix.numpy()
figures = precision_recall_f1(matrix).numpy()
match average:
    case "macro":
        mean = np.average(figures, axis=0)
    case "weighted":
        mean = np.average(figures, axis=0, weights=counts.sum(axis=1))
    case _:
        mean = np.full(3, np.trace(counts) / counts.sum())
return torch.from_numpy(mean)
