# PyTorch's own way to isolate random numbers, the generator's state set, the traceback module's text.
import torch

generator = getattr(loader, "generator", None)
with torch.random.fork_rng():
    torch.manual_seed(seed)
    model = build()
if generator:
    generator.set_state(torch.Generator().manual_seed(seed).get_state())
return model
# ---
name, kind = configuration["name"], configuration["type"]
try:
    result = train_one(configuration)
except Exception as exception:
    text = f"{exception.__class__.__name__}: " + str(exception)
    result = ModelResult(name=name, type=kind, error=text)
return result
