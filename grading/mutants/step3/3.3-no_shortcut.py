# fails: test_a_residual_block_that_learned_nothing_lets_its_input_through
# The input is not added.
# ---
change = F.relu(self.norm1(self.conv1(x)))
change = self.norm2(self.conv2(change))
return F.relu(change)
