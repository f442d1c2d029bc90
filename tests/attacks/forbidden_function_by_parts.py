# attack: PyTorch's own function, whose name is put together when it runs
# exercise: 2.5
# expect: zero
# fresh: yes
def sampling_positions(matrices, size):
    theirs = getattr(torch.nn.functional, "affine_" + "grid")
    return theirs(matrices, [len(matrices), 1, size, size], align_corners=False)
