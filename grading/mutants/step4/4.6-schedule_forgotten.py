# fails: test_the_schedule_goes_on_where_it_was, test_an_interrupted_training_ends_with_the_same_weights
# The scheduler starts anew.
return {
    "model": self.model.state_dict(),
    "optimizer": self.optimizer.state_dict(),
    "stopping": dict(vars(self.stopping)),
    "history": self.history.to_json(),
    "loader": loader_state(self.loader),
    "random": random_state(),
}
# ---
self.model.load_state_dict(state["model"])
self.optimizer.load_state_dict(state["optimizer"])
vars(self.stopping).update(state["stopping"])
self.history = History.from_json(state["history"])
load_loader_state(self.loader, state["loader"])
restore_random_state(state["random"])
