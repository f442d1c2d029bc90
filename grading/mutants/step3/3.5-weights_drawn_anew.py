# fails: test_what_the_network_has_learned_stays
# All layers start from nothing.
model.fc = nn.Linear(model.fc.in_features, num_classes)
if in_channels != 3:
    colour = model.conv1
    model.conv1 = nn.Conv2d(
        in_channels, colour.out_channels, colour.kernel_size, stride=colour.stride, padding=colour.padding, bias=False
    )
    with torch.no_grad():
        model.conv1.weight[:] = colour.weight.sum(dim=1, keepdim=True) / in_channels
for name, layer in model.named_children():
    if name != 'conv1' and hasattr(layer, 'reset_parameters'):
        layer.reset_parameters()
return model
