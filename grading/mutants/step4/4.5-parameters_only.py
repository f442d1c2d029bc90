# fails: test_running_statistics_belong_to_the_best_weights
# Parameters are kept, buffers are not.
if (accuracy, -loss) <= (self.best_accuracy, -self.best_loss):
    return False
self.best_epoch, self.best_accuracy, self.best_loss = epoch, accuracy, loss
self.best_weights = {name: tensor.detach().clone() for name, tensor in model.named_parameters()}
return True
# ---
# ---
model.load_state_dict(self.best_weights, strict=False)
