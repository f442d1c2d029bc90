# Layers in a loop, one sequence, adaptive pooling.
layers = [nn.Conv2d(in_channels, first, 3, 2, 1, bias=False), nn.BatchNorm2d(first), nn.ReLU(inplace=True)]
before = first
for place, width in enumerate(widths):
    layers += [ResidualBlock(before, width, 2 if place else 1), ResidualBlock(width, width)]
    before = width
self.net = nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(before, num_classes))
# ---
return self.net(images)
