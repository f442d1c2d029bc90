# max with a default.
return max(
    (name for name in results if results[name].history is not None),
    key=lambda name: max(results[name].history.val_accuracy),
    default=None,
)
