# attack: a text of 100,000 lines, so that comparing takes for ever
# exercise: 5.7
# expect: zero
# within: 40
def choose_on_validation(results):
    return "model 12\n" * 100_000


def accuracy_to_report(results):
    return "model 12\n" * 100_000, 0.5
