# fails: test_patches_are_numbered_row_by_row
# The second token is the patch below.
# ---
patches = F.unfold(images.transpose(2, 3), kernel_size=self.patch_size, stride=self.patch_size)
return self.projection(patches.transpose(1, 2))
