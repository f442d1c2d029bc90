# fails: test_only_a_better_epoch_replaces_the_best, test_at_equal_accuracy_the_lower_loss_is_better
# The best loss is never written down.
if (accuracy, -loss) <= (self.best_accuracy, -self.best_loss):
    return False
self.best_epoch, self.best_accuracy = epoch, accuracy
self.best_weights = {name: tensor.detach().clone() for name, tensor in model.state_dict().items()}
return True
