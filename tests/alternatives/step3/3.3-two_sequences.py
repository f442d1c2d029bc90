# The change as one sequence, the shortcut an empty one.
self.change = nn.Sequential(
    nn.Conv2d(in_channels, out_channels, 3, stride, 1, bias=False),
    nn.BatchNorm2d(out_channels),
    nn.ReLU(inplace=True),
    nn.Conv2d(out_channels, out_channels, 3, 1, 1, bias=False),
    nn.BatchNorm2d(out_channels),
)
self.skip = nn.Sequential()
if (in_channels, 1) != (out_channels, stride):
    self.skip.append(nn.Conv2d(in_channels, out_channels, 1, stride, bias=False))
    self.skip.append(nn.BatchNorm2d(out_channels))
# ---
return torch.relu(self.skip(x).add(self.change(x)))
