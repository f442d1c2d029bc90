# fails: test_one_image_of_many_thousands_makes_an_epoch_better
# Compares accuracies as they are printed, with three digits.
if (round(accuracy, 3), -loss) <= (round(self.best_accuracy, 3), -self.best_loss):
    return False
self.best_epoch, self.best_accuracy, self.best_loss = epoch, accuracy, loss
self.best_weights = {name: tensor.detach().clone() for name, tensor in model.state_dict().items()}
return True
