# All images at every threshold, a loop, also at thresholds that come twice.
x, y = [0.0], [0.0]
for threshold in sorted(scores.tolist(), reverse=True):
    called = scores.double() >= threshold
    y.append((called & positive).sum().item() / positive.sum().item())
    x.append((called & ~positive).sum().item() / (~positive).sum().item())
area = sum((x[i] - x[i - 1]) * (y[i] + y[i - 1]) / 2 for i in range(1, len(x)))
return _thinned(torch.tensor(x), torch.tensor(y), area)
