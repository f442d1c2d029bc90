# fails: test_a_matrix_is_applied_to_each_centre
# The shift is in both parts.
centres = (2 * torch.arange(size) + 1) / size - 1
from_column = matrices[:, :, 0, None] * centres + matrices[:, :, 2, None]
from_row = matrices[:, :, 1, None] * centres + matrices[:, :, 2, None]
return (from_column[:, :, None, :] + from_row[:, :, :, None]).permute(0, 2, 3, 1)
