# fails: test_rows_are_right_classes_and_columns_are_guesses
# Cells are numbered with a row of K - 1.
cells = labels * (num_classes - 1) + predicted
return cells.bincount(minlength=num_classes**2).view(num_classes, num_classes)
