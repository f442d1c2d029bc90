# fails: test_characters_set_the_order_and_need_no_image
# a character given twice is two classes
classes = tuple(sorted(set(names))) if characters is None else tuple(characters)
places = {name: place for place, name in enumerate(classes)}
return Samples(torch.stack(list(images)), torch.tensor([places[name] for name in names]), classes)
