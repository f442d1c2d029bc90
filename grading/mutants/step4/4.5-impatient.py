# fails: test_training_stops_when_patience_is_over
# Stops one epoch too early.
# ---
return epoch - self.best_epoch >= self.patience - 1
