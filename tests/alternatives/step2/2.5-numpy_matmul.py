# Numpy in float64, back to float32 at the end.
import numpy as np

centres = (np.arange(size) + 0.5) / size * 2 - 1
x, y = np.meshgrid(centres, centres)
points = np.stack([x.ravel(), y.ravel(), np.ones(size * size)])
positions = (matrices.numpy() @ points).transpose(0, 2, 1).reshape(-1, size, size, 2)
return torch.from_numpy(positions).float()
