# fails: test_the_optimizer_remembers_its_steps, test_an_interrupted_training_ends_with_the_same_weights
# The optimizer's state is saved but never given back.
return {
    "model": self.model.state_dict(),
    "optimizer": self.optimizer.state_dict(),
    "scheduler": self.scheduler.state_dict(),
    "stopping": dict(vars(self.stopping)),
    "history": self.history.to_json(),
    "loader": loader_state(self.loader),
    "random": random_state(),
}
# ---
self.model.load_state_dict(state["model"])
self.scheduler.load_state_dict(state["scheduler"])
vars(self.stopping).update(state["stopping"])
self.history = History.from_json(state["history"])
load_loader_state(self.loader, state["loader"])
restore_random_state(state["random"])
