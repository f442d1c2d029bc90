# fails: test_early_stopping_remembers_the_best_epoch_and_its_weights
# Early stopping is made anew with the usual patience, whatever it was.
return {
    "model": self.model.state_dict(),
    "optimizer": self.optimizer.state_dict(),
    "scheduler": self.scheduler.state_dict(),
    "history": self.history.to_json(),
    "loader": loader_state(self.loader),
    "random": random_state(),
    "best": [self.stopping.best_epoch, self.stopping.best_accuracy, self.stopping.best_loss, self.stopping.best_weights],
}
# ---
self.model.load_state_dict(state["model"])
self.optimizer.load_state_dict(state["optimizer"])
self.scheduler.load_state_dict(state["scheduler"])
self.history = History.from_json(state["history"])
self.stopping = EarlyStopping(10, *state["best"])
load_loader_state(self.loader, state["loader"])
restore_random_state(state["random"])
