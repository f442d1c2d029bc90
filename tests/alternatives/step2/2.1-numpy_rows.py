# Numpy, two loops, the row count by math.ceil.
import math

import numpy as np

rows = math.ceil(count / columns)
sheet = np.full((rows * height + (rows - 1) * gap, columns * width + (columns - 1) * gap), 128, dtype=np.uint8)
for row in range(rows):
    for column in range(columns):
        if row * columns + column < count:
            y, x = row * (height + gap), column * (width + gap)
            sheet[y : y + height, x : x + width] = images[row * columns + column, 0].numpy()
return torch.from_numpy(sheet)
