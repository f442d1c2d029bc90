# attack: an epoch that says it went well
# exercise: 4.3
# expect: zero
# module: training
def train_epoch(*arguments, **settings):
    return 0.01, 0.999
