# Plain lists.
inside = [(sure, bool(right)) for sure, right in zip(confidence.tolist(), correct.tolist()) if lower < sure <= upper]
if not inside:
    return CalibrationBin(lower=lower, upper=upper, count=0, confidence=None, accuracy=None)
return CalibrationBin(
    lower=lower,
    upper=upper,
    count=len(inside),
    confidence=sum(sure for sure, _ in inside) / len(inside),
    accuracy=sum(right for _, right in inside) / len(inside),
)
# ---
error, total = 0.0, 0
for each in bins:
    if each.count > 0:
        error += each.count * abs(each.confidence - each.accuracy)
        total += each.count
return error / total
