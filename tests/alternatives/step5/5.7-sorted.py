# Sorted, and a list comes back.
trained = [result for result in results.values() if result.history]
trained.sort(key=lambda result: max(result.history["val_accuracy"]), reverse=True)
return trained[0].name if trained else None
# ---
name = choose_on_validation(results)
if not name or not results[name].evaluation:
    return None
return [name, results[name].evaluation.accuracy]
