# fails: test_the_worst_mistakes_come_first_and_right_answers_not_at_all
# Sorted from low to high.
wrong = [at for at, (label, guess) in enumerate(zip(evaluation.labels, evaluation.predicted)) if label != guess]
return sorted(wrong, key=lambda at: evaluation.confidences[at])[:count]
