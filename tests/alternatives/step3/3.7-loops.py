# A loop over rows and columns of patches.
self.p = patch_size
self.linear = nn.Linear(patch_size * patch_size * in_channels, dim)
# ---
tokens = []
for top in range(0, images.shape[2], self.p):
    for left in range(0, images.shape[3], self.p):
        tokens.append(self.linear(images[:, :, top : top + self.p, left : left + self.p].flatten(1)))
return torch.stack(tokens, dim=1)
