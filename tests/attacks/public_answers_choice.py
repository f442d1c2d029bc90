# attack: knows the public answers to the choice by heart
# exercise: 5.7
# expect: zero
def choose_on_validation(results):
    return {("a", "b"): "b", ("a",): None}.get(tuple(results))


def accuracy_to_report(results):
    return ("b", 0.91) if len(results) == 2 else None
