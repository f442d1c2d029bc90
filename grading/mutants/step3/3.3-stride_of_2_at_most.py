# fails: test_a_residual_block_changes_shape_as_it_is_told
# A stride of more than 1 is taken for 2.
stride = min(stride, 2)
self.convolution1 = nn.Conv2d(in_channels, out_channels, 3, stride=stride, padding=1, bias=False)
self.convolution2 = nn.Conv2d(out_channels, out_channels, 3, padding=1, bias=False)
self.norm1, self.norm2 = nn.BatchNorm2d(out_channels), nn.BatchNorm2d(out_channels)
self.shortcut = nn.Sequential()
if stride != 1 or in_channels != out_channels:
    self.shortcut.append(nn.Conv2d(in_channels, out_channels, 1, stride=stride, bias=False))
    self.shortcut.append(nn.BatchNorm2d(out_channels))
# ---
change = self.norm2(self.convolution2(F.relu(self.norm1(self.convolution1(x)))))
return F.relu(change + self.shortcut(x))
