# fails: test_the_best_weights_stay_while_training_goes_on
# state_dict() without a copy: the best weights change along with the model.
if (accuracy, -loss) <= (self.best_accuracy, -self.best_loss):
    return False
self.best_epoch, self.best_accuracy, self.best_loss = epoch, accuracy, loss
self.best_weights = model.state_dict()
return True
