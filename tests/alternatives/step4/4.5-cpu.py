# The last epoch that may bring a better one, weights on the CPU as an ordered dictionary, restored tensor by tensor.
from collections import OrderedDict

if accuracy > self.best_accuracy or (accuracy >= self.best_accuracy and loss < self.best_loss):
    self.best_epoch, self.best_loss, self.best_accuracy = epoch, loss, accuracy
    self.best_weights = OrderedDict((name, tensor.cpu().clone()) for name, tensor in model.state_dict().items())
return self.best_epoch == epoch
# ---
last = self.best_epoch + self.patience
return not epoch < last
# ---
with torch.no_grad():
    for name, tensor in model.state_dict().items():
        if name in self.best_weights:
            tensor.copy_(self.best_weights[name])
