# fails: test_figures_of_a_channel_meet_the_pixels_of_that_channel, test_normalising_is_the_formula
# Forgets to divide.
return images - images.new_tensor(self.mean).view(-1, 1, 1)
