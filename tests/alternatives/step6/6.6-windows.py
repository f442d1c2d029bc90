# All squares of the page as a view, of which some are taken.
tops = torch.tensor([[round((layout.box(r, c)[1] - OVERHANG) * SCALE) for c in range(layout.columns)] for r in range(layout.rows)])
lefts = torch.tensor([[round((layout.box(r, c)[0] - OVERHANG) * SCALE) for c in range(layout.columns)] for r in range(layout.rows)])
return page.unfold(0, SIDE, 1).unfold(1, SIDE, 1)[tops, lefts]
