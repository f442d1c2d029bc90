# fails: test_counts_are_whole_numbers
# Counted by NumPy, and not turned into a tensor again.
import numpy as np
m = np.zeros((num_classes, num_classes), dtype=np.int64)
np.add.at(m, (labels.numpy(), predicted.numpy()), 1)
return m
