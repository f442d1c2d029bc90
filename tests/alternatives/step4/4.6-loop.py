# A loop over what has state_dict, early stopping field by field, made anew.
state = {name: getattr(self, name).state_dict() for name in ("model", "optimizer", "scheduler")}
state["patience"] = self.stopping.patience
state["best_epoch"], state["best_accuracy"] = self.stopping.best_epoch, self.stopping.best_accuracy
state["best_loss"], state["best_weights"] = self.stopping.best_loss, self.stopping.best_weights
state.update(history=self.history.to_json(), order=loader_state(self.loader), random=random_state())
return state
# ---
for name in ("model", "optimizer", "scheduler"):
    getattr(self, name).load_state_dict(state[name])
names = ("patience", "best_epoch", "best_accuracy", "best_loss", "best_weights")
self.stopping = EarlyStopping(**{name: state[name] for name in names})
self.history = History.from_json(state["history"])
load_loader_state(self.loader, state["order"])
restore_random_state(state["random"])
