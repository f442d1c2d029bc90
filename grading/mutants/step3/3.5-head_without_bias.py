# fails: test_the_last_layer_is_one_new_linear_layer
# The new last layer has no bias.
model.fc = nn.Linear(model.fc.in_features, num_classes, bias=False)
if in_channels != 3:
    colour = model.conv1
    model.conv1 = nn.Conv2d(
        in_channels, colour.out_channels, colour.kernel_size, stride=colour.stride, padding=colour.padding, bias=False
    )
    with torch.no_grad():
        model.conv1.weight[:] = colour.weight.sum(dim=1, keepdim=True) / in_channels
return model
