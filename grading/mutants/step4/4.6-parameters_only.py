# fails: test_the_model_comes_back
# Only parameters are kept, not the statistics of batch norm.
return {
    "model": dict(self.model.named_parameters()),
    "optimizer": self.optimizer.state_dict(),
    "scheduler": self.scheduler.state_dict(),
    "stopping": dict(vars(self.stopping)),
    "history": self.history.to_json(),
    "loader": loader_state(self.loader),
    "random": random_state(),
}
# ---
self.model.load_state_dict(state["model"], strict=False)
self.optimizer.load_state_dict(state["optimizer"])
self.scheduler.load_state_dict(state["scheduler"])
vars(self.stopping).update(state["stopping"])
self.history = History.from_json(state["history"])
load_loader_state(self.loader, state["loader"])
restore_random_state(state["random"])
