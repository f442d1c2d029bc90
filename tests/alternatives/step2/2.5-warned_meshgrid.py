# PyTorch warns about a meshgrid without `indexing`, which gives rows and columns all the same.
centres = (torch.arange(size) + 0.5) * 2 / size - 1
y, x = torch.meshgrid(centres, centres)
return torch.einsum("bij,rcj->brci", matrices, torch.stack([x, y, torch.ones_like(x)], dim=-1))
