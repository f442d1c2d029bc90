# fails: test_unchanged_pixels_are_taken_from_their_own_centres
# The picture is mirrored at its diagonal.
centres = (2 * torch.arange(size) + 1) / size - 1
from_column = matrices[:, :, 0, None] * centres
from_row = matrices[:, :, 1, None] * centres + matrices[:, :, 2, None]
return (from_column[:, :, None, :] + from_row[:, :, :, None]).permute(0, 3, 2, 1)
