# fails: test_the_worst_mistakes_come_first_and_right_answers_not_at_all, test_without_mistakes_there_are_no_positions
# The most confident images, right or wrong.
return sorted(range(len(evaluation.labels)), key=lambda at: -evaluation.confidences[at])[:count]
