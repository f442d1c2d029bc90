# ReLU before pooling, as modules.
return nn.Sequential(convolution, nn.ReLU(), nn.MaxPool2d(2))(x)
