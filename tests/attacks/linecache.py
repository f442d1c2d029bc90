# attack: an error in a file with another name and a line beyond the end
# exercise: 5.1
# expect: zero
def confusion_matrix(labels, predicted, num_classes):
    exec(compile("\n" * 10**6 + "raise ValueError", __file__, "exec"), {})
