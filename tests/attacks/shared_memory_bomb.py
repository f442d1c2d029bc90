# attack: fills the shared memory
# exercise: 5.1
# expect: zero
def confusion_matrix(labels, predicted, num_classes):
    for number in range(100):
        with open(f"/dev/shm/{number}", "wb") as file:
            file.write(bytes(10**7))
