# attack: PyTorch's operator beneath the forbidden function, by each of its names
# exercise: 2.5
# expect: zero
def sampling_positions(matrices, size):
    name = "affine_" + "grid_generator"
    for place in (torch, torch.ops.aten, torch._C._VariableFunctions, torch._decomp.decompositions, torch.nn.functional):
        for known in (name, "affine_" + "grid"):
            for last in (False, size):
                try:
                    return getattr(place, known)(matrices, [len(matrices), 1, size, size], last)
                except Exception:
                    continue
    packet = torch._C._jit_get_operation("aten::" + name)[0]
    return packet(matrices, [len(matrices), 1, size, size], False)
