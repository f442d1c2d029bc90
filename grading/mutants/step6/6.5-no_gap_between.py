# fails: test_boxes_begin_beside_label_and_below_header, test_every_box_is_one_step_from_its_neighbours
# boxes touch each other
# ---
# ---
left, top = MARGIN + LABEL + column * BOX, MARGIN + HEADER + row * BOX
return left, top, left + BOX, top + BOX
