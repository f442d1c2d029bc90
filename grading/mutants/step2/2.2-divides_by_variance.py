# fails: test_normalising_is_the_formula
# Divides by the variance.
mean = images.new_tensor(self.mean).view(-1, 1, 1)
std = images.new_tensor(self.std).view(-1, 1, 1)
return (images - mean) / std**2
