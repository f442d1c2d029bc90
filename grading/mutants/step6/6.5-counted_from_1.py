# fails: test_boxes_begin_beside_label_and_below_header, test_every_box_is_one_step_from_its_neighbours
# numbers are taken to begin at 1
# ---
# ---
left, top = MARGIN + LABEL + (column - 1) * (BOX + GAP), MARGIN + HEADER + (row - 1) * (BOX + GAP)
return left, top, left + BOX, top + BOX
