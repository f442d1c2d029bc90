# fails: test_choice_and_report_of_random_models
# The mean over the epochs.
accuracies = {
    name: sum(result.history.val_accuracy) / len(result.history.val_accuracy)
    for name, result in results.items()
    if result.history is not None
}
return max(accuracies, key=accuracies.get) if accuracies else None
