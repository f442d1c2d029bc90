# attack: a right answer that fills its own folder
# exercise: 5.1
# expect: honest
try:
    with open("/tmp/full", "wb") as file:
        while True:
            file.write(bytes(10**6))
except OSError:
    pass
