# fails: test_boxes_begin_beside_label_and_below_header, test_every_box_is_one_step_from_its_neighbours
# rows go to the right
# ---
# ---
left, top = MARGIN + LABEL + row * (BOX + GAP), MARGIN + HEADER + column * (BOX + GAP)
return left, top, left + BOX, top + BOX
