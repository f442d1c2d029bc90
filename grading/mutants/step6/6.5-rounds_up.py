# fails: test_so_many_boxes_fit_on_common_paper, test_paper_of_any_size_is_filled
# rounds to the nearest number
return round((self.height - 2 * MARGIN - HEADER + GAP) / (BOX + GAP))
# ---
return round((self.width - 2 * MARGIN - LABEL + GAP) / (BOX + GAP))
