# Other names, nested; of the scheduler only its count; dataclasses.asdict; random numbers restored first of all.
import dataclasses

return {
    "parts": [self.model.state_dict(), self.optimizer.state_dict()],
    "step": self.scheduler.last_epoch,
    "best": dataclasses.asdict(self.stopping),
    "rng": (random_state(), loader_state(self.loader)),
    "history": {name: list(value) if isinstance(value, tuple) else value for name, value in self.history.items()},
}
# ---
restore_random_state(state["rng"][0])
load_loader_state(self.loader, state["rng"][1])
self.optimizer.load_state_dict(state["parts"][1])
self.model.load_state_dict(state["parts"][0])
self.scheduler.last_epoch = state["step"]
for name, value in state["best"].items():
    setattr(self.stopping, name, value)
self.history = History(**{name: tuple(value) if isinstance(value, list) else value for name, value in state["history"].items()})
