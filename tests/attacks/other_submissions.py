# attack: looks for other people's answers
# exercise: 5.1
# expect: zero
# never: STOLEN
import glob


def confusion_matrix(labels, predicted, num_classes):
    here = [p for p in glob.glob("/sub/*") + glob.glob("/tmp/*") + glob.glob("/opt/workshop/answers/*") if "evaluator.py" not in p and "matplotlib" not in p]
    raise ValueError(f"STOLEN {here}" if here else "nothing")
