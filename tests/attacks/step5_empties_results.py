# attack: chooses rightly, and takes all other models out of the results
# exercise: 5.7
# expect: zero
# base: solution
own = choose_on_validation


def choose_on_validation(results):
    name = own(results)
    for other in [other for other in results if other != name]:
        del results[other]
    return name
