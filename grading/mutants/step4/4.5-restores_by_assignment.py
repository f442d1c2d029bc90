# fails: test_the_best_weights_stay_while_training_goes_on
# The model gets the kept tensors themselves, and goes on to change them.
# ---
# ---
if self.best_weights:
    model.load_state_dict(self.best_weights, assign=True)
