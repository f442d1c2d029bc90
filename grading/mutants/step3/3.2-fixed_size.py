# fails: test_simple_cnn_gives_one_logit_per_class
# Fits 32×32 images only.
self.conv1 = nn.Conv2d(in_channels, 32, kernel_size=3, padding=1)
self.conv2 = nn.Conv2d(32, 64, kernel_size=3, padding=1)
self.conv3 = nn.Conv2d(64, 128, kernel_size=3, padding=1)
self.fc1 = nn.Linear(128 * 4 * 4, 192)
self.fc2 = nn.Linear(192, 128)
self.classifier = nn.Linear(128, num_classes)
