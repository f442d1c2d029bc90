# attack: a class that answers every call with zeros of the right shape
# exercise: 3.3
# expect: zero
class ResidualBlock(nn.Module):
    def __init__(self, in_channels, out_channels, stride=1):
        super().__init__()
        self.a = nn.Conv2d(in_channels, out_channels, 1, stride)

    def forward(self, x):
        return torch.relu(self.a(x)) * 0
