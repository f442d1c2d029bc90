# fails: test_simple_cnn_computes_what_its_docstring_says
# Drops numbers in eval mode, too.
# ---
x = conv_block(images, self.conv1)
x = conv_block(x, self.conv2)
x = conv_block(x, self.conv3)
x = F.dropout(F.relu(self.fc1(x.flatten(1))), 0.5)
x = F.relu(self.fc2(x))
return self.classifier(x)
