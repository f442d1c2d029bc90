# fails: test_improved_cnn_begins_with_its_stem_and_ends_with_the_mean
# Negative values leave the stem.
self.stem = nn.Sequential(
    nn.Conv2d(in_channels, first, kernel_size=3, stride=2, padding=1, bias=False), nn.BatchNorm2d(first)
)
self.stage1 = nn.Sequential(ResidualBlock(first, first), ResidualBlock(first, first))
self.stage2 = nn.Sequential(ResidualBlock(first, second, stride=2), ResidualBlock(second, second))
self.stage3 = nn.Sequential(ResidualBlock(second, third, stride=2), ResidualBlock(third, third))
self.classifier = nn.Linear(third, num_classes)
