# fails: test_mistakes_of_equal_confidence_are_all_there
# The first image of that confidence, right or wrong, as often as it comes.
pairs = zip(evaluation.labels, evaluation.predicted, evaluation.confidences, strict=True)
wrong = sorted((sure for label, guess, sure in pairs if label != guess), reverse=True)
return [evaluation.confidences.index(sure) for sure in wrong[:count]]
