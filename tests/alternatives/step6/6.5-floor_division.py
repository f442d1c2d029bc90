# one box, and then as many steps as fit
return 1 + int((self.height - MARGIN - (MARGIN + HEADER + BOX)) // (BOX + GAP))
# ---
room = self.width - 2 * MARGIN - LABEL
return math_floor((room + GAP) / (BOX + GAP)) if (math_floor := int) else 0
# ---
step = GAP + BOX
x, y = LABEL + MARGIN + step * column, HEADER + MARGIN + step * row
return (x, y, x + BOX, y + BOX)
