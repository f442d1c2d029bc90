# fails: test_a_residual_block_adds_the_change_to_its_input
# Norm and ReLU before each convolution, as in the authors' second paper.
# ---
change = self.conv1(F.relu(self.norm1(x))) if self.norm1.num_features == x.shape[1] else self.conv1(F.relu(x))
change = self.conv2(F.relu(self.norm2(change)))
return change + self.shortcut(x)
