# A convolution that looks at one patch at a time.
self.convolution = nn.Conv2d(in_channels, dim, kernel_size=patch_size, stride=patch_size)
# ---
return self.convolution(images).flatten(2).mT
