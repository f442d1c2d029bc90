# Character by character, stroke by stroke, x before y.
moved = torch.zeros(*strokes.shape, 2)
for character, row in enumerate(strokes):
    for stroke in row.unique():
        for axis in range(2):
            moved[character, row == stroke, axis] = torch.randn((), generator=generator)
return moved
