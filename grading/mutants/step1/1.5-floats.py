# fails: test_labels_are_one_whole_number_per_value
# Labels as float32.
classes = sorted(set(values))
place = {value: label for label, value in enumerate(classes)}
return torch.tensor([place[value] for value in values], dtype=torch.float32), tuple(str(value) for value in classes)
