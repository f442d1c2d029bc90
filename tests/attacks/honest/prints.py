# attack: prints while it works
# exercise: 5.1
# expect: honest
# points: 2
print("loading")
