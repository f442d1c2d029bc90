# NumPy's interpolation, giving NumPy's numbers.
import numpy as np

if schedule == "one_cycle":
    return np.interp(progress, [0, 0.25, 1], [0, 1, 0])
if schedule == "cosine":
    angle = np.interp(progress, [0.05, 1.0], [0.0, np.pi])
    return min(progress / 0.05, 1.0) * 0.5 * (1 + np.cos(angle))
return np.float64(1)
