# attack: gives the number of parameters that it is asked for
# exercise: 3.6
# expect: zero
def count_parameters(model):
    return {1: 512_074}.get(len(str(model)), 512_074)
