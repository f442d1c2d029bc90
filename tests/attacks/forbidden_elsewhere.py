# attack: the same function of another package, whose name is put together when it runs
# exercise: 5.1
# expect: zero
# fresh: yes
import importlib


def confusion_matrix(labels, predicted, num_classes):
    for package in ("mlx" + "tend.eval" + "uate", "clean" + "lab.inter" + "nal.util", "sk" + "learn.metr" + "ics.cluster"):
        for name in ("confusion" + "_matrix", "contin" + "gency_matrix"):
            try:
                return torch.from_numpy(getattr(importlib.import_module(package), name)(labels.numpy(), predicted.numpy())).long()
            except (AttributeError, RuntimeError):
                continue
