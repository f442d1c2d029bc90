# fails: test_an_accuracy_of_0_is_an_accuracy
# A test accuracy of 0.0 is taken for none.
# ---
chosen = choose_on_validation(results)
if chosen is None or results[chosen].evaluation is None or not results[chosen].evaluation.accuracy:
    return None
return chosen, results[chosen].evaluation.accuracy
