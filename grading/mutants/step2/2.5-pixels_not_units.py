# fails: test_unchanged_pixels_are_taken_from_their_own_centres
# Positions in pixels.
centres = torch.arange(size).float()
from_column = matrices[:, :, 0, None] * centres
from_row = matrices[:, :, 1, None] * centres + matrices[:, :, 2, None]
return (from_column[:, :, None, :] + from_row[:, :, :, None]).permute(0, 2, 3, 1)
