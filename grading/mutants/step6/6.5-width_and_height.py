# fails: test_boxes_begin_beside_label_and_below_header, test_every_box_is_one_step_from_its_neighbours
# left, top, width and height
# ---
# ---
return MARGIN + LABEL + column * (BOX + GAP), MARGIN + HEADER + row * (BOX + GAP), BOX, BOX
