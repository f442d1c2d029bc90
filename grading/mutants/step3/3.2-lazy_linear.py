# fails: test_simple_cnn_has_the_parameters_of_its_six_layers
# A layer that has no weights before the first image, so that nobody can count or train them.
self.body = nn.Sequential(
    nn.Conv2d(in_channels, 32, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
    nn.Conv2d(32, 64, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
    nn.Conv2d(64, 128, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(),
    nn.LazyLinear(192), nn.ReLU(), nn.Linear(192, 128), nn.ReLU(), nn.Linear(128, num_classes))
# ---
return self.body(images)
