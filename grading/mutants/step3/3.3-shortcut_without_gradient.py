# fails: test_gradients_go_through_the_shortcut
# No gradient goes back through the shortcut.
# ---
change = F.relu(self.norm1(self.conv1(x)))
change = self.norm2(self.conv2(change))
return F.relu(change + self.shortcut(x.detach()))
