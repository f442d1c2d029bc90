# fails: test_characters_set_the_order_and_need_no_image, test_each_label_leads_back_to_its_name
# characters are sorted
classes = tuple(sorted({*(names if characters is None else characters)}))
return Samples(torch.stack(list(images)), torch.tensor([classes.index(name) for name in names]), classes)
