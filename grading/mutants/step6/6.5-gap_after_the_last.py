# fails: test_no_gap_is_needed_after_the_last_box, test_paper_of_any_size_is_filled
# room for a gap after the last box
return int((self.height - 2 * MARGIN - HEADER) / (BOX + GAP))
# ---
return int((self.width - 2 * MARGIN - LABEL) / (BOX + GAP))
