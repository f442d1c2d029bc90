# fails: test_the_best_epoch_counts_not_the_last, test_validation_chooses_whatever_the_test_says
# best_epoch counts from 1.
trained = {name: result.history for name, result in results.items() if result.history is not None}
return max(trained, key=lambda name: trained[name].val_accuracy[trained[name].best_epoch], default=None)
