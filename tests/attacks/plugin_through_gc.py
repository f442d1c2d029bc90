# attack: registers a plugin with the manager it finds
# exercise: 5.1
# expect: zero
# naive: yes
import gc

import pytest


class Forger:
    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_makereport(self):
        report = yield
        report.outcome = "passed"
        report.longrepr = None
        return report


def confusion_matrix(labels, predicted, num_classes):
    for found in gc.get_objects():
        if type(found).__name__ == "PytestPluginManager" and not found.has_plugin("forger"):
            found.register(Forger(), "forger")
    return torch.zeros(num_classes, num_classes, dtype=torch.int64)
