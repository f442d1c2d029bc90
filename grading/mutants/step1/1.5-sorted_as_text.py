# fails: test_labels_are_places_in_the_list_of_classes, test_many_labels_are_those_that_numpy_finds
# Text first, order afterwards: 10 comes before 2.
values = [str(value) for value in values]
classes = sorted(set(values))
place = {value: label for label, value in enumerate(classes)}
return torch.tensor([place[value] for value in values]), tuple(str(value) for value in classes)
