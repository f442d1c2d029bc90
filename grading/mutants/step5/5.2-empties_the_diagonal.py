# fails: test_the_matrix_is_left_as_it_was
# The hits are taken out of the caller's own matrix.
hits = matrix.diag()
wrong_guesses = matrix.fill_diagonal_(0).sum(dim=0)
missed = matrix.sum(dim=1)
figures = torch.stack([hits / (hits + wrong_guesses), hits / (hits + missed), 2 * hits / (2 * hits + wrong_guesses + missed)], 1)
return figures.nan_to_num()
