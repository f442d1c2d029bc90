# attack: the positions that torchvision finds when it turns pictures, by functions of its own
# exercise: 2.5
# expect: zero
# base: stub
# fresh: yes
def sampling_positions(matrices, size):
    import torchvision.transforms._functional_tensor as first
    import torchvision.transforms.v2.functional._geometry as second

    pixels = torch.cat([matrices[:, :, :2], matrices[:, :, 2:] * size / 2], dim=2)
    for theirs in (getattr(first, "_gen_affine" + "_grid"), getattr(second, "_affine" + "_grid")):
        try:
            return torch.cat([theirs(each[None], size, size, size, size) for each in pixels])
        except RuntimeError:
            continue
