# fails: test_validation_chooses_whatever_the_test_says
# The lowest validation accuracy, as if it were a loss.
accuracies = {name: max(result.history.val_accuracy) for name, result in results.items() if result.history is not None}
return min(accuracies, key=accuracies.get) if accuracies else None
