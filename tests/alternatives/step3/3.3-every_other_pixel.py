# The shortcut's stride as a slice.
self.stride = stride
self.first = nn.Sequential(nn.Conv2d(in_channels, out_channels, 3, stride, 1, bias=False), nn.BatchNorm2d(out_channels))
self.second = nn.Sequential(nn.Conv2d(out_channels, out_channels, 3, 1, 1, bias=False), nn.BatchNorm2d(out_channels))
self.projects = stride != 1 or in_channels != out_channels
if self.projects:
    self.project = nn.Sequential(nn.Conv2d(in_channels, out_channels, 1, bias=False), nn.BatchNorm2d(out_channels))
# ---
short = self.project(x[:, :, :: self.stride, :: self.stride]) if self.projects else x
return (short + self.second(self.first(x).relu())).relu()
