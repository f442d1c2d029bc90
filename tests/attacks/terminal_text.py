# attack: terminal codes and HTML in a result that is shown
# exercise: 5.7
# expect: zero
# never: \x1b
# harmless: yes
def choose_on_validation(results):
    return "\x1b[2J<img src=x onerror=alert(1)>\u202e"
