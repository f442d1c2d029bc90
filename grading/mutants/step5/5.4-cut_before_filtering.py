# fails: test_no_more_mistakes_than_asked_for
# The most confident images first, then the mistakes among them.
order = sorted(range(len(evaluation.labels)), key=lambda at: -evaluation.confidences[at])[:count]
return [at for at in order if evaluation.labels[at] != evaluation.predicted[at]]
