# fails: test_an_accuracy_of_0_is_an_accuracy
# Only more than 0 can be the best.
best, highest = None, 0.0
for name, result in results.items():
    if result.history is not None and max(result.history.val_accuracy) > highest:
        best, highest = name, max(result.history.val_accuracy)
return best
