# fails: test_so_many_boxes_fit_on_common_paper
# // of floats is a float
return (self.height - 2 * MARGIN - HEADER + GAP) // (BOX + GAP)
# ---
return (self.width - 2 * MARGIN - LABEL + GAP) // (BOX + GAP)
