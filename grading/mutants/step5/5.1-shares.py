# fails: test_images_of_the_same_kind_add_up
# Each row is divided by its sum.
counts = (labels * num_classes + predicted).bincount(minlength=num_classes**2).view(num_classes, num_classes)
return counts / counts.sum(dim=1, keepdim=True).clamp(min=1)
