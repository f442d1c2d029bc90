# fails: test_validation_chooses_whatever_the_test_says
# The least validation loss, not the highest accuracy.
losses = {name: min(result.history.val_loss) for name, result in results.items() if result.history is not None}
return min(losses, key=losses.get) if losses else None
