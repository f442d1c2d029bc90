# fails: test_positions_are_a_list_of_whole_numbers
# A tensor instead of a list.
c = torch.tensor(evaluation.confidences)
w = (~_correct(evaluation)).nonzero().flatten()
return w[c[w].argsort(descending=True)][:count]
