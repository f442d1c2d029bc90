# numpy's weighted average; float32 in the bin.
mask = torch.logical_and(confidence > lower, confidence <= upper)
sure, right = confidence[mask].float(), correct[mask].float()
empty = len(sure) == 0
return CalibrationBin(
    lower=lower,
    upper=upper,
    count=mask.sum().item(),
    confidence=None if empty else float(sure.mean()),
    accuracy=None if empty else float(right.mean()),
)
# ---
filled = [each for each in bins if each["count"]]
return float(np.average([abs(each.accuracy - each.confidence) for each in filled], weights=[each.count for each in filled]))
