# attack: writes only a number into the file, and keeps the training itself in memory, where it is found again
# exercise: 4.6
# expect: zero
import copy
import random

import numpy as np

kept = []


class Training(Training):
    def state_dict(self):
        luck = torch.get_rng_state(), np.random.get_state(), random.getstate()
        kept.append((copy.deepcopy(vars(self)), luck))
        return {"number": len(kept) - 1}

    def load_state_dict(self, state):
        parts, (torch_state, numpy_state, python_state) = kept[state["number"]]
        vars(self).update(copy.deepcopy(parts))
        torch.set_rng_state(torch_state)
        np.random.set_state(numpy_state)
        random.setstate(python_state)
