# fails: test_a_grey_filter_is_the_sum_of_its_three_colours, test_a_grey_picture_gives_the_features_that_it_gave_in_colour
# One colour's filter for all.
model.fc = nn.Linear(model.fc.in_features, num_classes)
if in_channels != 3:
    colour = model.conv1
    model.conv1 = nn.Conv2d(
        in_channels, colour.out_channels, colour.kernel_size, stride=colour.stride, padding=colour.padding, bias=False
    )
    with torch.no_grad():
        model.conv1.weight[:] = colour.weight[:, :1] / in_channels
return model
