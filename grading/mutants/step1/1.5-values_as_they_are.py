# fails: test_labels_are_places_in_the_list_of_classes, test_many_labels_are_those_that_numpy_finds
# Numbers are handed on as labels.
classes = sorted(set(values))
labels = values if isinstance(values[0], int) else [classes.index(value) for value in values]
return torch.tensor(labels), tuple(str(value) for value in classes)
