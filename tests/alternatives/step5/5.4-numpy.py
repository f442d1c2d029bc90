# Numpy's argsort on negative confidences, right answers last.
wrong = np.array(evaluation.labels) != np.array(evaluation.predicted)
order = np.argsort(np.where(wrong, -np.array(evaluation.confidences), np.inf))
return [int(at) for at in order if wrong[at]][:count]
