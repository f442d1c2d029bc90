# fails: test_the_matrix_has_a_row_and_a_column_for_every_class
# As many classes as the labels show.
count = int(max(labels.max(), predicted.max())) + 1
return (labels * count + predicted).bincount(minlength=count**2).view(count, count)
