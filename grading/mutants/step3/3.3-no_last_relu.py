# fails: test_a_residual_block_that_learned_nothing_lets_its_input_through
# The sum may be negative.
# ---
change = F.relu(self.norm1(self.conv1(x)))
change = self.norm2(self.conv2(change))
return change + self.shortcut(x)
