# A binary search instead of a dictionary.
import bisect

different = sorted({*values})
labels = [bisect.bisect_left(different, value) for value in values]
return torch.LongTensor(labels), tuple(str(name) for name in different)
