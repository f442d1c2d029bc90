# fails: test_labels_are_places_in_the_list_of_classes
# Forgets to take each value once.
classes = sorted(values)
place = {value: label for label, value in enumerate(classes)}
return torch.tensor([place[value] for value in values]), tuple(str(value) for value in classes)
