# fails: test_so_many_boxes_fit_on_common_paper, test_paper_of_any_size_is_filled
# a margin at one end only
return int((self.height - MARGIN - HEADER + GAP) / (BOX + GAP))
# ---
return int((self.width - MARGIN - LABEL + GAP) / (BOX + GAP))
