# attack: an import hook ends the process
# exercise: 5.1
# expect: zero
# naive: yes
import os
import sys


class Hook:
    def find_spec(self, *_):
        os._exit(0)


def confusion_matrix(labels, predicted, num_classes):
    sys.meta_path.insert(0, Hook())
    import a_module_that_is_not_there
