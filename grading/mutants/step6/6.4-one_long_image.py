# fails: test_images_keep_their_order
# joins images along the channels
classes = tuple(sorted(set(names))) if characters is None else tuple(dict.fromkeys(characters))
labels = torch.tensor([classes.index(name) for name in names])
return Samples(torch.cat(list(images)).flip(0).unsqueeze(1), labels, classes)
