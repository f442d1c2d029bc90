# fails: test_improved_cnn_halves_the_picture_in_stem_and_second_and_third_stage
# The stem has no stride.
self.stem = nn.Sequential(
    nn.Conv2d(in_channels, first, kernel_size=3, padding=1, bias=False), nn.BatchNorm2d(first), nn.ReLU()
)
self.stage1 = nn.Sequential(ResidualBlock(first, first), ResidualBlock(first, first))
self.stage2 = nn.Sequential(ResidualBlock(first, second, stride=2), ResidualBlock(second, second))
self.stage3 = nn.Sequential(ResidualBlock(second, third, stride=2), ResidualBlock(third, third))
self.classifier = nn.Linear(third, num_classes)
