# fails: test_at_equal_accuracy_the_lower_loss_is_better
# Only a higher accuracy is better.
if accuracy <= self.best_accuracy:
    return False
self.best_epoch, self.best_accuracy, self.best_loss = epoch, accuracy, loss
self.best_weights = {name: tensor.detach().clone() for name, tensor in model.state_dict().items()}
return True
