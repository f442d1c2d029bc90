# A counter of its own, weights on the CPU as an ordered dictionary, restored tensor by tensor.
from collections import OrderedDict

self.waited = getattr(self, "waited", 0) + 1
if accuracy > self.best_accuracy or (accuracy >= self.best_accuracy and loss < self.best_loss):
    self.waited = 0
    self.best_epoch, self.best_loss, self.best_accuracy = epoch, loss, accuracy
    self.best_weights = OrderedDict((name, tensor.cpu().clone()) for name, tensor in model.state_dict().items())
return self.waited == 0
# ---
return self.waited >= self.patience
# ---
with torch.no_grad():
    for name, tensor in model.state_dict().items():
        if name in self.best_weights:
            tensor.copy_(self.best_weights[name])
