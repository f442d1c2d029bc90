# fails: test_there_is_one_token_per_patch
# Patches one pixel apart.
# ---
patches = F.unfold(images, kernel_size=self.patch_size)
return self.projection(patches.transpose(1, 2))
