# fails: test_the_next_random_numbers_are_those_that_would_have_come
# Only PyTorch's generator is kept.
return {
    "model": self.model.state_dict(),
    "optimizer": self.optimizer.state_dict(),
    "scheduler": self.scheduler.state_dict(),
    "stopping": dict(vars(self.stopping)),
    "history": self.history.to_json(),
    "loader": loader_state(self.loader),
    "random": torch.get_rng_state(),
}
# ---
self.model.load_state_dict(state["model"])
self.optimizer.load_state_dict(state["optimizer"])
self.scheduler.load_state_dict(state["scheduler"])
vars(self.stopping).update(state["stopping"])
self.history = History.from_json(state["history"])
load_loader_state(self.loader, state["loader"])
torch.set_rng_state(state["random"])
