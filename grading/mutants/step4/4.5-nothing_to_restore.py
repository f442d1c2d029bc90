# fails: test_before_the_first_epoch_there_is_nothing_to_restore
# restore fails before the first epoch.
# ---
# ---
model.load_state_dict(self.best_weights)
