# fails: test_new_channels_are_all_treated_alike
# The sum in the first new channel, nothing in the others.
model.fc = nn.Linear(model.fc.in_features, num_classes)
if in_channels != 3:
    colour = model.conv1
    model.conv1 = nn.Conv2d(
        in_channels, colour.out_channels, colour.kernel_size, stride=colour.stride, padding=colour.padding, bias=False
    )
    with torch.no_grad():
        model.conv1.weight.zero_()
        model.conv1.weight[:, :1] = colour.weight.sum(dim=1, keepdim=True)
return model
