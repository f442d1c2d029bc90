# fails: test_few_and_uneven_values_have_an_uneven_interval
# Nothing is drawn.
half = 1.96 * values.std() / len(values) ** 0.5
return (values.mean() - half).item(), (values.mean() + half).item()
