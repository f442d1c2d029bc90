# All layers in one nn.Sequential, ReLU before pooling.
layers: list[nn.Module] = []
for before, after in ((in_channels, 32), (32, 64), (64, 128)):
    layers += [nn.Conv2d(before, after, 3, padding="same"), nn.ReLU(), nn.MaxPool2d(2)]
side = image_size // 8
layers += [nn.Flatten(), nn.Linear(128 * side * side, 192), nn.ReLU(inplace=True), nn.Linear(192, 128), nn.ReLU(inplace=True)]
self.layers = nn.Sequential(*layers, nn.Linear(128, num_classes))
# ---
return self.layers(images)
