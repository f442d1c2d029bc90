# fails: test_labels_are_one_whole_number_per_value
# Classes that can change later.
classes = sorted(set(values))
place = {value: label for label, value in enumerate(classes)}
return torch.tensor([place[value] for value in values]), [str(value) for value in classes]
