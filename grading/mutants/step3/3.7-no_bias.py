# fails: test_a_patch_embedding_is_one_linear_layer
# A linear layer without bias.
self.patch_size = patch_size
self.projection = nn.Linear(in_channels * patch_size**2, dim, bias=False)
