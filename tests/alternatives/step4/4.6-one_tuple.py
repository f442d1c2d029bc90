# All parts in one tuple, the random generators put back first.
kept = vars(self.stopping)
figures = [kept[name] for name in ("patience", "best_epoch", "best_accuracy", "best_loss", "best_weights")]
parts = [part.state_dict() for part in (self.model, self.optimizer, self.scheduler)]
return {"all": (random_state(), loader_state(self.loader), self.history.to_json(), figures, *parts)}
# ---
random, order, history, figures, *parts = state["all"]
for part, kept in zip((self.model, self.optimizer, self.scheduler), parts):
    part.load_state_dict(kept)
self.stopping, self.history = EarlyStopping(*figures), History.from_json(history)
load_loader_state(self.loader, order)
restore_random_state(random)
