# fails: test_classes_are_sorted_and_labels_are_places_in_them, test_each_label_leads_back_to_its_name
# labels are sorted, and the images are not
classes = tuple(sorted(set(names))) if characters is None else tuple(dict.fromkeys(characters))
return Samples(torch.stack(list(images)), torch.tensor(sorted(classes.index(name) for name in names)), classes)
