# deepcopy, nested conditions, a counter of epochs.
import copy

better = False
if accuracy > self.best_accuracy:
    better = True
elif accuracy == self.best_accuracy and loss < self.best_loss:
    better = True
if better:
    self.best_weights = copy.deepcopy(model.state_dict())
    self.best_accuracy = accuracy
    self.best_loss = loss
    self.best_epoch = epoch
return better
# ---
waited = epoch - self.best_epoch
return not waited < self.patience
# ---
if not self.best_weights:
    return
model.load_state_dict({name: tensor.clone() for name, tensor in self.best_weights.items()})
