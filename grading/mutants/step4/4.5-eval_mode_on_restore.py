# fails: test_restore_leaves_the_mode_as_it_is
# Restoring also switches the model to eval mode, so that training could not go on.
# ---
# ---
model.load_state_dict(self.best_weights, strict=False)
model.eval()
