# fails: test_an_adapted_resnet_takes_other_images_and_classes
# Only the last layer is new.
model.fc = nn.Linear(model.fc.in_features, num_classes)
return model
