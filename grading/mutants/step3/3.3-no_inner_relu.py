# fails: test_a_residual_block_adds_the_change_to_its_input
# The two convolutions in a row are one linear map.
# ---
change = self.norm2(self.conv2(self.norm1(self.conv1(x))))
return F.relu(change + self.shortcut(x))
