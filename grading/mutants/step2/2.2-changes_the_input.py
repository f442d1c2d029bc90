# fails: test_normalising_leaves_the_images_as_they_were
# Works in place.
images -= images.new_tensor(self.mean).view(-1, 1, 1)
images /= images.new_tensor(self.std).view(-1, 1, 1)
return images
