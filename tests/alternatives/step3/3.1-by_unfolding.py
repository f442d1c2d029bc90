# Windows as a dimension of their own; the maximum over them.
windows = convolution(x).relu().unfold(2, 2, 2).unfold(3, 2, 2)
return windows.flatten(-2).amax(dim=-1)
