# fails: test_leaning_leaves_the_points_as_they_are
# Changes the caller's points in place.
x, y = points[..., 0], points[..., 1]
x.mul_(aspect[:, None]).sub_(slant[:, None] * y)
cos, sin = tilt.cos()[:, None], tilt.sin()[:, None]
return torch.stack([cos * x - sin * y, sin * x + cos * y], dim=2)
