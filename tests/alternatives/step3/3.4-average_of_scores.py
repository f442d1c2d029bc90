# A score at each position, and then the mean of the scores: the same, as both are linear.
self.stem = nn.Sequential(
    nn.Conv2d(in_channels, first, kernel_size=3, stride=2, padding=1, bias=False), nn.BatchNorm2d(first), nn.ReLU()
)
self.stages = nn.ModuleList()
for before, width, stride in ((first, first, 1), (first, second, 2), (second, third, 2)):
    self.stages.append(nn.Sequential(ResidualBlock(before, width, stride), ResidualBlock(width, width)))
self.head = nn.Linear(third, num_classes)
# ---
x = self.stem(images)
for stage in self.stages:
    x = stage(x)
return self.head(x.permute(0, 2, 3, 1)).mean((1, 2))
