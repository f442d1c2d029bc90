# fails: test_early_stopping_remembers_the_best_epoch_and_its_weights
# Early stopping's figures are kept, its weights are not.
return {
    "model": self.model.state_dict(),
    "optimizer": self.optimizer.state_dict(),
    "scheduler": self.scheduler.state_dict(),
    "stopping": {name: value for name, value in vars(self.stopping).items() if name != "best_weights"},
    "history": self.history.to_json(),
    "loader": loader_state(self.loader),
    "random": random_state(),
}
