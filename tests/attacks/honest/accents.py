# attack: names and texts in other alphabets
# exercise: 5.1
# expect: honest
# points: 2
größe = "Ελληνικά 日本語"
