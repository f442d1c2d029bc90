# fails: test_one_image_of_many_thousands_makes_an_epoch_better
# Accuracies that differ by less than a hundredth are taken for equal.
tie = math.isclose(accuracy, self.best_accuracy, abs_tol=0.01)
if not (loss < self.best_loss if tie else accuracy > self.best_accuracy):
    return False
self.best_epoch, self.best_accuracy, self.best_loss = epoch, accuracy, loss
self.best_weights = {name: tensor.detach().clone() for name, tensor in model.state_dict().items()}
return True
