# fails: test_a_residual_block_computes_what_its_docstring_says
# The second norm is made and not used.
# ---
change = F.relu(self.norm1(self.conv1(x)))
return F.relu(self.conv2(change) + self.shortcut(x))
