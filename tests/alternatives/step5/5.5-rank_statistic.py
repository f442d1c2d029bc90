# The area as the share of pairs in the right order.
p, n = scores[positive].double(), scores[~positive].double()
d = p[:, None] - n
auc = ((d > 0).double() + 0.5 * (d == 0).double()).mean().item()
xs, ys = [0.0], [0.0]
for t in sorted(set(scores.tolist()), reverse=True):
    xs.append((n >= t).double().mean().item())
    ys.append((p >= t).double().mean().item())
return _thinned(torch.tensor(xs, dtype=torch.float64), torch.tensor(ys, dtype=torch.float64), auc)
