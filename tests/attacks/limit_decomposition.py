# attack: what PyTorch's compiler would use for the forbidden function, from a table; its other hiding places are too many to be closed
# exercise: 2.5
# expect: honest
# base: stub
# limit: calls of PyTorch's inside whose names are put together are seen by a person who reads the answer, and by nobody else
def sampling_positions(matrices, size):
    table = torch._decomp.decomposition_table
    theirs = next(made for operator, made in table.items() if "affine_" + "grid_generator" in str(operator))
    return theirs(matrices, [len(matrices), 1, size, size], False)
