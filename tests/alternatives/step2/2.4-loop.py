# Image by image, with math.
import math

matrices = torch.empty(count, 2, 3)
for image in range(count):
    turn, lean, wide, high, right, down = (2 * torch.rand(6, generator=generator) - 1).tolist()
    a, s = math.radians(turn * self.rotation), lean * self.shear
    u, v = 1 + wide * self.scale, 1 + high * self.scale
    matrices[image] = torch.tensor(
        [
            [math.cos(a) * u, (s * math.cos(a) - math.sin(a)) * v, 2 * right * self.shift / size],
            [math.sin(a) * u, (s * math.sin(a) + math.cos(a)) * v, 2 * down * self.shift / size],
        ]
    )
return matrices
