# The best epoch is looked up.
trained = {name: result.history for name, result in results.items() if result.history is not None}
if not trained:
    return None
return max(trained, key=lambda name: trained[name].val_accuracy[trained[name].best_epoch - 1])
