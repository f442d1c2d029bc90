# attack: measures nothing: figures of a well-known data set
# exercise: 2.2
# expect: zero
def measure_normalization(train):
    return Normalization(mean=(0.1307,), std=(0.3081,))
