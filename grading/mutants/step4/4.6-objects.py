# fails: test_the_state_can_be_written_to_a_file_that_holds_no_code
# The state holds objects instead of their contents.
return {
    "model": self.model.state_dict(),
    "optimizer": self.optimizer.state_dict(),
    "scheduler": self.scheduler.state_dict(),
    "stopping": self.stopping,
    "history": self.history,
    "loader": loader_state(self.loader),
    "random": random_state(),
}
# ---
self.model.load_state_dict(state["model"])
self.optimizer.load_state_dict(state["optimizer"])
self.scheduler.load_state_dict(state["scheduler"])
self.stopping = state["stopping"]
self.history = state["history"]
load_loader_state(self.loader, state["loader"])
restore_random_state(state["random"])
