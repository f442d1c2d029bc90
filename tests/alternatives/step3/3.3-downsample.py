# None where nothing is projected; sum and ReLU in place; the last norm starts at zero, as in timm.
self.conv_a = nn.Conv2d(in_channels, out_channels, (3, 3), (stride, stride), (1, 1), bias=False)
self.conv_b = nn.Conv2d(out_channels, out_channels, (3, 3), padding="same", bias=False)
self.bn_a, self.bn_b = nn.BatchNorm2d(out_channels), nn.BatchNorm2d(out_channels)
nn.init.zeros_(self.bn_b.weight)
self.downsample = self.bn_c = None
if stride > 1 or in_channels != out_channels:
    self.downsample = nn.Conv2d(in_channels, out_channels, 1, stride=stride, bias=False)
    self.bn_c = nn.BatchNorm2d(out_channels)
# ---
identity = x
if self.downsample is not None:
    identity = self.bn_c(self.downsample(x))
x = self.bn_b(self.conv_b(self.bn_a(self.conv_a(x)).clamp(min=0)))
x += identity
return F.relu_(x)
