# fails: test_the_best_epoch_counts_not_the_last
# The last epoch's validation accuracy.
accuracies = {name: result.history.val_accuracy[-1] for name, result in results.items() if result.history is not None}
return max(accuracies, key=accuracies.get) if accuracies else None
