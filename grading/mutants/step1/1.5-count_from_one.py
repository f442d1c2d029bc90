# fails: test_labels_are_places_in_the_list_of_classes, test_every_label_leads_back_to_its_value
# The first class is number 1.
classes = sorted(set(values))
place = {value: label for label, value in enumerate(classes, start=1)}
return torch.tensor([place[value] for value in values]), tuple(str(value) for value in classes)
