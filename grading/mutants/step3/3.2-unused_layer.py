# fails: test_every_parameter_of_simple_cnn_takes_part, test_simple_cnn_computes_what_its_docstring_says
# The second fully connected layer is made and forgotten.
self.conv1 = nn.Conv2d(in_channels, 32, kernel_size=3, padding=1)
self.conv2 = nn.Conv2d(32, 64, kernel_size=3, padding=1)
self.conv3 = nn.Conv2d(64, 128, kernel_size=3, padding=1)
self.fc1 = nn.Linear(128 * (image_size // 8) ** 2, 192)
self.fc2 = nn.Linear(192, 128)
self.classifier = nn.Linear(128, num_classes)
# ---
x = conv_block(images, self.conv1)
x = conv_block(x, self.conv2)
x = conv_block(x, self.conv3)
x = F.relu(self.fc1(x.flatten(1)))
return self.classifier(x[:, :128])
