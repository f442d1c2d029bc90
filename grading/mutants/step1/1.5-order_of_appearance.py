# fails: test_labels_are_places_in_the_list_of_classes, test_words_are_classes_in_the_order_of_the_alphabet
# Classes as they come in the data.
classes = list(dict.fromkeys(values))
place = {value: label for label, value in enumerate(classes)}
return torch.tensor([place[value] for value in values]), tuple(str(value) for value in classes)
