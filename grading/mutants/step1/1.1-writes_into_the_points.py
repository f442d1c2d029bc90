# fails: test_drawing_leaves_the_points_as_they_are
# Scales the caller's own points in place.
sharpness = (2**1.5 / pen_width).unsqueeze(2)
points *= sharpness
pixels = (torch.arange(image_size) + 0.5) * sharpness
columns = bell(points[..., 0:1] - pixels)
rows = bell(points[..., 1:2] - pixels)
return 1 - torch.exp(-6 * (rows.transpose(1, 2) @ columns)).unsqueeze(1)
