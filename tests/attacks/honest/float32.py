# attack: works in another order
# exercise: 5.6
# expect: honest
# points: all
def expected_calibration_error(bins):
    total, error = 0, 0.0
    for each in reversed(list(bins)):
        if each.count:
            total += each.count
            error += each.count * abs(each.confidence - each.accuracy)
    return error / total
