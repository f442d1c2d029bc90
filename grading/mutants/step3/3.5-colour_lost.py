# fails: test_what_the_network_has_learned_stays
# Three channels become grey, too.
model.fc = nn.Linear(model.fc.in_features, num_classes)
colour = model.conv1
model.conv1 = nn.Conv2d(in_channels, 64, 7, stride=2, padding=3, bias=False)
with torch.no_grad():
    model.conv1.weight[:] = colour.weight.sum(dim=1, keepdim=True) / in_channels
return model
