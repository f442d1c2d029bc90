# Lists of layers, and loops over them.
channels = [in_channels, 32, 64, 128]
self.convolutions = nn.ModuleList(nn.Conv2d(a, b, (3, 3), padding=(1, 1)) for a, b in zip(channels, channels[1:]))
sizes = [128 * (image_size // 2 // 2 // 2) ** 2, 192, 128]
self.dense = nn.ModuleList(nn.Linear(a, b) for a, b in zip(sizes, sizes[1:]))
self.head = nn.Linear(sizes[-1], num_classes)
# ---
for convolution in self.convolutions:
    images = conv_block(images, convolution)
features = torch.reshape(images, (len(images), -1))
for layer in self.dense:
    features = torch.relu(layer(features))
return self.head(features)
