# numpy, and a RocCurve with all points.
order = np.argsort(-scores.numpy(), kind="stable")
y, s = positive.numpy()[order], scores.numpy()[order]
ends = np.r_[np.where(np.diff(s))[0], len(s) - 1]
tps = np.cumsum(y)[ends]
fps = 1 + ends - tps
tpr, fpr = np.r_[0, tps / tps[-1]], np.r_[0, fps / fps[-1]]
auc = float(np.trapezoid(tpr, fpr))
return RocCurve(false_positive_rate=tuple(fpr.tolist()), true_positive_rate=tuple(tpr.tolist()), auc=auc)
