# fails: test_simple_cnn_computes_what_its_docstring_says
# No ReLU between the fully connected layers.
# ---
x = conv_block(images, self.conv1)
x = conv_block(x, self.conv2)
x = conv_block(x, self.conv3)
return self.classifier(self.fc2(self.fc1(x.flatten(1))))
