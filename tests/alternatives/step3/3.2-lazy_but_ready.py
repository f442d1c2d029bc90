# A lazy layer, which learns its size from an image of zeros before anybody else sees it.
self.body = nn.Sequential(
    nn.Conv2d(in_channels, 32, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
    nn.Conv2d(32, 64, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
    nn.Conv2d(64, 128, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(),
    nn.LazyLinear(192), nn.ReLU(), nn.Linear(192, 128), nn.ReLU(), nn.Linear(128, num_classes))
self.body(torch.zeros(1, in_channels, image_size, image_size))
# ---
return self.body(images)
