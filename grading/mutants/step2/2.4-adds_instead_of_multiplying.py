# fails: test_the_changes_of_an_image_are_multiplied
# Rotation, shear and scale are added up.
turn, grow_x, grow_y, lean, right, down = (2 * torch.rand(6, count, generator=generator) - 1).unbind()
angle = turn * self.rotation * torch.pi / 180
cos, sin, shear = angle.cos(), angle.sin(), lean * self.shear
scale_x, scale_y = 1 + grow_x * self.scale, 1 + grow_y * self.scale
pixel = 2 / size
first = torch.stack([cos + grow_x * self.scale, shear - sin, right * self.shift * pixel], dim=1)
second = torch.stack([sin, cos + grow_y * self.scale, down * self.shift * pixel], dim=1)
return torch.stack([first, second], dim=1)
