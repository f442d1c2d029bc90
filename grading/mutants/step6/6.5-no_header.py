# fails: test_so_many_boxes_fit_on_common_paper, test_paper_of_any_size_is_filled
# header and label are forgotten when counting
return int((self.height - 2 * MARGIN + GAP) / (BOX + GAP))
# ---
return int((self.width - 2 * MARGIN + GAP) / (BOX + GAP))
