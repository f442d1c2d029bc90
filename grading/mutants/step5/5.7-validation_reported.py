# fails: test_the_chosen_model_is_reported_with_its_test_accuracy
# The accuracy that made it win is reported.
# ---
chosen = choose_on_validation(results)
if chosen is None or results[chosen].evaluation is None:
    return None
return chosen, max(results[chosen].history.val_accuracy)
