# fails: test_improved_cnn_has_the_parameters_of_its_parts, test_improved_cnn_works_on_any_size_with_the_same_weights
# The classifier reads all positions of a 32×32 image.
self.stem = nn.Sequential(
    nn.Conv2d(in_channels, first, kernel_size=3, stride=2, padding=1, bias=False), nn.BatchNorm2d(first), nn.ReLU()
)
self.stage1 = nn.Sequential(ResidualBlock(first, first), ResidualBlock(first, first))
self.stage2 = nn.Sequential(ResidualBlock(first, second, stride=2), ResidualBlock(second, second))
self.stage3 = nn.Sequential(ResidualBlock(second, third, stride=2), ResidualBlock(third, third))
self.classifier = nn.Linear(16 * third, num_classes)
# ---
x = self.stage3(self.stage2(self.stage1(self.stem(images))))
return self.classifier(x.flatten(1))
