# numpy finds and counts them.
import numpy as np

different, places = np.unique(np.array(values, dtype=object), return_inverse=True)
return torch.from_numpy(places).long(), tuple(map(str, different))
