# attack: a residual block that a library made from the forbidden one
# exercise: 3.3
# expect: zero
# base: stub
# fresh: yes
import torchvision.models


class ResidualBlock(torchvision.models.quantization.resnet.QuantizableBasicBlock):
    def __init__(self, in_channels, out_channels, stride=1):
        same = stride == 1 and in_channels == out_channels
        layers = [nn.Conv2d(in_channels, out_channels, 1, stride=stride, bias=False), nn.BatchNorm2d(out_channels)]
        super().__init__(in_channels, out_channels, stride, None if same else nn.Sequential(*layers))
