# attack: goes through the training batches once more than it trains, which moves the generator that shuffles them
# exercise: 4.3
# expect: zero
# base: solution
own = train_epoch


def train_epoch(model, loader, *arguments, **settings):
    list(loader)
    return own(model, loader, *arguments, **settings)
