# fails: test_improved_cnn_has_the_parameters_of_its_parts, test_improved_cnn_halves_the_picture_in_stem_and_second_and_third_stage
# Each stage has one block only.
self.stem = nn.Sequential(
    nn.Conv2d(in_channels, first, kernel_size=3, stride=2, padding=1, bias=False), nn.BatchNorm2d(first), nn.ReLU()
)
self.stage1 = ResidualBlock(first, first)
self.stage2 = ResidualBlock(first, second, stride=2)
self.stage3 = ResidualBlock(second, third, stride=2)
self.classifier = nn.Linear(third, num_classes)
