# fails: test_classes_are_sorted_and_labels_are_places_in_them, test_each_label_leads_back_to_its_name
# classes in the order in which they are met
classes = tuple(dict.fromkeys(names)) if characters is None else tuple(dict.fromkeys(characters))
return Samples(torch.stack(list(images)), torch.tensor([classes.index(name) for name in names]), classes)
