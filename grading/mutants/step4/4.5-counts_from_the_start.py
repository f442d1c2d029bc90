# fails: test_training_stops_when_patience_is_over
# Stops after `patience` epochs, whatever they brought.
# ---
return epoch >= self.patience
