# fails: test_early_stopping_remembers_the_best_epoch_and_its_weights
# Early stopping starts anew.
return {
    "model": self.model.state_dict(),
    "optimizer": self.optimizer.state_dict(),
    "scheduler": self.scheduler.state_dict(),
    "history": self.history.to_json(),
    "loader": loader_state(self.loader),
    "random": random_state(),
}
# ---
self.model.load_state_dict(state["model"])
self.optimizer.load_state_dict(state["optimizer"])
self.scheduler.load_state_dict(state["scheduler"])
self.history = History.from_json(state["history"])
load_loader_state(self.loader, state["loader"])
restore_random_state(state["random"])
