# attack: draws nothing from the generator: looks at its seed, and counts how often it came
# exercise: 1.3
# expect: zero
import numpy as np

times = {}


def scattered(strokes, generator):
    times[id(generator)] = times.get(id(generator), 0) + 1
    luck = np.random.default_rng([generator.initial_seed(), times[id(generator)]])
    shifts = torch.from_numpy(luck.normal(size=(len(strokes), int(strokes.max()) + 1, 2))).float()
    return shifts.gather(1, strokes.unsqueeze(2).expand(-1, -1, 2))
