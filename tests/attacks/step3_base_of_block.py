# attack: a residual block from a library, as the base of what stands in its place
# exercise: 3.3
# expect: zero
# base: stub
import torchvision.models


class ResidualBlock(getattr(torchvision.models.resnet, "Basic" + "Block").__base__):
    def __init__(self, in_channels, out_channels, stride=1):
        same = stride == 1 and in_channels == out_channels
        layers = [nn.Conv2d(in_channels, out_channels, 1, stride=stride, bias=False), nn.BatchNorm2d(out_channels)]
        super().__init__(in_channels, out_channels, stride, None if same else nn.Sequential(*layers))
