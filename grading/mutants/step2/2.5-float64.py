# fails: test_there_is_a_position_for_every_pixel
# float64, which grid_sample refuses for float32 images.
centres = (2 * torch.arange(size, dtype=torch.float64) + 1) / size - 1
from_column = matrices[:, :, 0, None] * centres
from_row = matrices[:, :, 1, None] * centres + matrices[:, :, 2, None]
return (from_column[:, :, None, :] + from_row[:, :, :, None]).permute(0, 2, 3, 1)
