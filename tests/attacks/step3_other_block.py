# attack: the residual block of another network of timm, which computes the same
# exercise: 3.3
# expect: zero
# base: stub
import timm.models


class ResidualBlock(nn.Module):
    def __init__(self, in_channels, out_channels, stride=1):
        super().__init__()
        self.block, self.shortcut = getattr(timm.models.dla, "Dla" + "Basic")(in_channels, out_channels, stride), nn.Identity()
        if stride != 1 or in_channels != out_channels:
            layers = [nn.Conv2d(in_channels, out_channels, 1, stride=stride, bias=False), nn.BatchNorm2d(out_channels)]
            self.shortcut = nn.Sequential(*layers)

    def forward(self, x):
        return self.block(x, self.shortcut(x))
