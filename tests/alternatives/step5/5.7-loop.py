# A loop that remembers the best so far.
best_name, best = None, -1.0
for name, result in results.items():
    if result.history is None:
        continue
    for accuracy in result.history.val_accuracy:
        if accuracy > best:
            best_name, best = name, accuracy
return best_name
# ---
name = choose_on_validation(results)
if name is None:
    return None
tested = results[name].evaluation
return (name, tested["accuracy"]) if tested else None
