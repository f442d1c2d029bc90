# The best epoch is looked up, where there is one.
best, chosen = -1.0, None
for name in results:
    history = results[name].history
    if history and history.best_epoch:
        accuracy = history.val_accuracy[history.best_epoch - 1]
        if accuracy > best:
            best, chosen = accuracy, name
return chosen
