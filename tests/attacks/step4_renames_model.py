# attack: gives the configuration of a model another name
# exercise: 4.7
# expect: zero
# base: solution
# points: some
own = train_or_explain


def train_or_explain(configuration, train_one):
    try:
        return own(configuration, train_one)
    finally:
        configuration["name"] = "another"
