# fails: test_one_made_from_its_fields_goes_on_as_the_old_one
# Counts the epochs since the best one in an attribute that is no field, so that a resumed training begins at 0.
self.waited = getattr(self, "waited", 0) + 1
if (accuracy, -loss) <= (self.best_accuracy, -self.best_loss):
    return False
self.waited = 0
self.best_epoch, self.best_accuracy, self.best_loss = epoch, accuracy, loss
self.best_weights = {name: tensor.detach().clone() for name, tensor in model.state_dict().items()}
return True
# ---
return self.waited >= self.patience
