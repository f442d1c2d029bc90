# The sum in numpy, in double precision; every number of channels but three.
import numpy as np

head = nn.Linear(in_features=model.fc.weight.shape[1], out_features=num_classes, bias=True)
old = model.conv1.weight.detach().numpy().astype(np.float64)
if in_channels != old.shape[1]:
    new = np.broadcast_to(old.sum(axis=1, keepdims=True) / in_channels, (old.shape[0], in_channels, *old.shape[2:]))
    convolution = nn.Conv2d(in_channels, len(old), old.shape[2:], model.conv1.stride, model.conv1.padding, bias=False)
    convolution.weight.data.copy_(torch.from_numpy(new.copy()))
    setattr(model, "conv1", convolution)
setattr(model, "fc", head)
return model
