# counts by laying boxes; a box by NumPy
count, bottom = 0, MARGIN + HEADER + BOX
while bottom <= self.height - MARGIN:
    count += 1
    bottom += BOX + GAP
return count
# ---
count = 0
while MARGIN + LABEL + (count + 1) * BOX + count * GAP + MARGIN <= self.width:
    count += 1
return count
# ---
corner = np.array([MARGIN + LABEL, MARGIN + HEADER]) + (BOX + GAP) * np.array([column, row])
return tuple(float(at) for at in np.concatenate([corner, corner + BOX]))
