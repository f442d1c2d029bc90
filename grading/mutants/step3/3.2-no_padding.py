# fails: test_simple_cnn_has_the_parameters_of_its_six_layers
# Each convolution takes a border away.
side = image_size
for _ in range(3):
    side = (side - 2) // 2
self.conv1 = nn.Conv2d(in_channels, 32, kernel_size=3)
self.conv2 = nn.Conv2d(32, 64, kernel_size=3)
self.conv3 = nn.Conv2d(64, 128, kernel_size=3)
self.fc1 = nn.Linear(128 * side**2, 192)
self.fc2 = nn.Linear(192, 128)
self.classifier = nn.Linear(128, num_classes)
