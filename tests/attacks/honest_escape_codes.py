# attack: a right answer that prints terminal codes
# exercise: 5.1
# expect: honest
print("\x1b[2J\x1b]0;owned\x07<script>alert(1)</script>")
