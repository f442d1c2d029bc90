# fails: test_simple_cnn_has_the_parameters_of_its_six_layers
# Convolutions without bias.
self.conv1 = nn.Conv2d(in_channels, 32, kernel_size=3, padding=1, bias=False)
self.conv2 = nn.Conv2d(32, 64, kernel_size=3, padding=1, bias=False)
self.conv3 = nn.Conv2d(64, 128, kernel_size=3, padding=1, bias=False)
self.fc1 = nn.Linear(128 * (image_size // 8) ** 2, 192)
self.fc2 = nn.Linear(192, 128)
self.classifier = nn.Linear(128, num_classes)
