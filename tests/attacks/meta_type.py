# attack: an error whose type lies about its name
# exercise: 5.1
# expect: zero
class Meta(type):
    __name__ = property(lambda self: "x" * 10**6)


class Evil(Exception, metaclass=Meta):
    pass


def confusion_matrix(labels, predicted, num_classes):
    raise Evil
