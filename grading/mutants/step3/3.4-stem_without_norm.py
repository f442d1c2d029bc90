# fails: test_improved_cnn_has_the_parameters_of_its_parts
# The stem is not normalised.
self.stem = nn.Sequential(
    nn.Conv2d(in_channels, first, kernel_size=3, stride=2, padding=1, bias=False), nn.ReLU()
)
self.stage1 = nn.Sequential(ResidualBlock(first, first), ResidualBlock(first, first))
self.stage2 = nn.Sequential(ResidualBlock(first, second, stride=2), ResidualBlock(second, second))
self.stage3 = nn.Sequential(ResidualBlock(second, third, stride=2), ResidualBlock(third, third))
self.classifier = nn.Linear(third, num_classes)
