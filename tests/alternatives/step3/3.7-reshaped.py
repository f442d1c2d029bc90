# Dimensions for patches and pixels, permuted; channels last in a patch.
self.p = patch_size
self.linear = nn.Linear(patch_size * patch_size * in_channels, dim)
# ---
B, C, H, W = images.shape
grid = images.reshape(B, C, H // self.p, self.p, W // self.p, self.p).permute(0, 2, 4, 3, 5, 1)
return self.linear(grid.reshape(B, -1, self.p * self.p * C))
