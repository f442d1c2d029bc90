# attack: writes results wherever it can
# exercise: 5.1
# expect: zero
# fresh: yes
def confusion_matrix(labels, predicted, num_classes):
    for name in ("result.json", "results.json", "step5.json", "grades.csv", "/results/results.json", "/sub/evaluator.py", "/opt/workshop/x"):
        try:
            with open(name, "w") as file:
                file.write('{"points": 100, "state": "graded"}')
        except OSError:
            pass
    return torch.zeros(num_classes, num_classes, dtype=torch.int64)
