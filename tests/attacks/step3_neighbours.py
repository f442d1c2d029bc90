# attack: does not learn: keeps the training digits, with labels stolen from the frames, and compares
# exercise: 3.2
# expect: zero
import sys


class SimpleCNN(nn.Module):
    def __init__(self, num_classes, image_size=32, in_channels=1):
        super().__init__()
        self.conv = nn.Linear(1, num_classes)
        self.num_classes = num_classes
        self.known = {}

    def forward(self, images):
        frame = sys._getframe()
        while frame:
            found = [v for v in frame.f_locals.values() if isinstance(v, torch.Tensor)]
            labels = [v for v in found if v.dtype == torch.int64 and v.dim() == 1 and len(v) > 100]
            pictures = [v for v in found if v.dim() == 4 and v.dtype == torch.float32 and labels and len(v) == len(labels[0])]
            if labels and pictures:
                self.known["x"], self.known["y"] = pictures[0].flatten(1), labels[0]
            frame = frame.f_back
        if not self.known or self.known["x"].shape[1] != images[0].numel():
            return self.conv.weight.T.repeat(len(images), 1)
        near = torch.cdist(images.flatten(1), self.known["x"]).argmin(dim=1)
        return F.one_hot(self.known["y"][near], self.num_classes).float() + 0 * self.conv.weight.sum()
