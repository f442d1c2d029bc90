# fails: test_training_stops_when_patience_is_over
# Stops one epoch too late.
# ---
return epoch - self.best_epoch > self.patience
