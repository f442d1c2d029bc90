# attack: terminal codes and HTML in a message
# exercise: 5.1
# expect: zero
# never: \x1b
# harmless: yes
def confusion_matrix(labels, predicted, num_classes):
    raise ValueError("\x1b[2J\x1b]0;owned\x07<script>alert(1)</script>\u202e\x9b31m\r\x00")
