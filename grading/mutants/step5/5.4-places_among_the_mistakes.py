# fails: test_the_worst_mistakes_come_first_and_right_answers_not_at_all
# Positions in the list of mistakes.
labels, predicted = torch.tensor(evaluation.labels), torch.tensor(evaluation.predicted)
confidences = torch.tensor(evaluation.confidences)[labels != predicted]
return confidences.argsort(descending=True)[:count].tolist()
