# The same convolution with another weight; timm's own way for the head.
model.reset_classifier(num_classes)
if in_channels != 3:
    summed = model.conv1.weight.data.sum(1, keepdim=True)
    model.conv1.weight = nn.Parameter(summed.repeat(1, in_channels, 1, 1) / in_channels)
    model.conv1.in_channels = in_channels
return model
