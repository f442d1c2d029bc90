# attack: searches its own memory for the course's key
# exercise: 5.1
# expect: zero
# never: STOLEN
def confusion_matrix(labels, predicted, num_classes):
    needle, mine = "the-key-of-" + "this-class", 0
    with open("/proc/self/mem", "rb", 0) as memory:
        for line in open("/proc/self/maps"):
            span, rights, *_ = line.split()
            low, high = (int(part, 16) for part in span.split("-"))
            if rights.startswith("rw") and high - low < 2**26:
                try:
                    memory.seek(low)
                    mine += memory.read(high - low).count(b"the-key-of-" + b"this-class-7")
                except (OSError, ValueError, OverflowError):
                    pass
    raise ValueError("STOLEN" if mine > 1 else "nothing")
