# fails: test_a_residual_block_that_learned_nothing_lets_its_input_through, test_a_residual_block_adds_the_change_to_its_input
# ReLU of the change, and then the sum.
# ---
change = F.relu(self.norm1(self.conv1(x)))
change = self.norm2(self.conv2(change))
return F.relu(change) + self.shortcut(x)
