# fails: test_improved_cnn_has_the_parameters_of_its_parts
# Widths are not asked for.
self.stem = nn.Sequential(
    nn.Conv2d(in_channels, 40, kernel_size=3, stride=2, padding=1, bias=False), nn.BatchNorm2d(40), nn.ReLU()
)
self.stage1 = nn.Sequential(ResidualBlock(40, 40), ResidualBlock(40, 40))
self.stage2 = nn.Sequential(ResidualBlock(40, 80, stride=2), ResidualBlock(80, 80))
self.stage3 = nn.Sequential(ResidualBlock(80, 160, stride=2), ResidualBlock(160, 160))
self.classifier = nn.Linear(160, num_classes)
