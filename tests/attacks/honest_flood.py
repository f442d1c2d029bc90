# attack: a right answer that prints 5 MB
# exercise: 5.1
# expect: honest
# fresh: yes
print("x" * 5_000_000)
