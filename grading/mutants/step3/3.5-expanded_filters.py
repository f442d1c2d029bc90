# fails: test_the_new_filters_take_a_step
# All channels' filters are one place in memory, which no optimiser can write to.
model.fc = nn.Linear(model.fc.in_features, num_classes)
if in_channels != 3:
    grey = model.conv1.weight.detach().sum(dim=1, keepdim=True) / in_channels
    model.conv1.weight = nn.Parameter(grey.expand(-1, in_channels, -1, -1))
    model.conv1.in_channels = in_channels
return model
