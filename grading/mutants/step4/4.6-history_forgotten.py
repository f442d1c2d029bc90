# fails: test_the_history_goes_on
# The history starts anew.
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
self.optimizer.load_state_dict(state["optimizer"])
self.scheduler.load_state_dict(state["scheduler"])
vars(self.stopping).update(state["stopping"])
load_loader_state(self.loader, state["loader"])
restore_random_state(state["random"])
