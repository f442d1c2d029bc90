# attack: cuts the cells out of the page, of which nothing is left
# exercise: 6.6
# expect: zero
# base: solution
own = cut_cells


def cut_cells(page, layout):
    cells = own(page, layout)
    page.zero_()
    return cells
