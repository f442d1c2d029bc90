# attack: raises what no except clause takes
# exercise: 5.1
# expect: zero
def confusion_matrix(labels, predicted, num_classes):
    raise GeneratorExit
