# fails: test_nothing_is_reported_without_a_test
# Where the chosen model was not tested, another one is reported.
# ---
tested = {name: result for name, result in results.items() if result.evaluation is not None}
chosen = choose_on_validation(tested)
return None if chosen is None else (chosen, tested[chosen].evaluation.accuracy)
