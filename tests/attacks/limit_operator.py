# attack: PyTorch's operator beneath the forbidden function; its other names are too many to be closed
# exercise: 2.5
# expect: honest
# base: stub
# limit: calls of PyTorch's inside whose names are put together are seen by a person who reads the answer, and by nobody else
def sampling_positions(matrices, size):
    theirs = getattr(torch.ops.aten, "affine_" + "grid_generator")
    return theirs(matrices, [len(matrices), 1, size, size], False)
