# attack: right bins, and an error of the bins that is open
# exercise: 5.6
# expect: honest
# points: some
def expected_calibration_error(bins):
    raise NotImplementedError("TODO 5.6: the mean distance")
