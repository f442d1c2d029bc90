# attack: the same images in all parts
# exercise: 2.3
# expect: zero
def split_samples(samples, fractions=(0.7, 0.15, 0.15), seed=0):
    return Splits(train=samples, val=samples, test=samples)
