# fails: test_classes_are_sorted_and_labels_are_places_in_them
# gives the classes and no samples
return sorted({*names}) if characters is None else list(dict.fromkeys(characters))
