# fails: test_a_matrix_is_applied_to_each_centre
# The 2 × 2 part is transposed.
centres = (2 * torch.arange(size) + 1) / size - 1
from_column = matrices[:, 0, :2, None] * centres
from_row = matrices[:, 1, :2, None] * centres + matrices[:, :, 2, None]
return (from_column[:, :, None, :] + from_row[:, :, :, None]).permute(0, 2, 3, 1)
