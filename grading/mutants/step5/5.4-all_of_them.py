# fails: test_no_more_mistakes_than_asked_for
# Never cut.
wrong = [at for at, (label, guess) in enumerate(zip(evaluation.labels, evaluation.predicted)) if label != guess]
return sorted(wrong, key=lambda at: -evaluation.confidences[at])
