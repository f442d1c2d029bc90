# fails: test_simple_cnn_computes_what_its_docstring_says
# No class can lose points.
# ---
x = conv_block(images, self.conv1)
x = conv_block(x, self.conv2)
x = conv_block(x, self.conv3)
x = F.relu(self.fc1(x.flatten(1)))
x = F.relu(self.fc2(x))
return F.relu(self.classifier(x))
