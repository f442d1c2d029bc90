"""The yardstick: network and settings of PyTorch's official MNIST example.

https://github.com/pytorch/examples/blob/main/mnist/main.py, on the training part of our split, shuffled (the example
shuffles only on a GPU). Fed twice: from tensors in memory, and by a `DataLoader` that converts one PIL picture after another.
"""

import time
from collections.abc import Iterable

import torch
import torch.nn.functional as F
from PIL import Image
from torch import Tensor, nn
from torch.utils.data import DataLoader, Dataset
from torchvision import transforms
from tqdm.auto import tqdm

from handwriting_workshop.samples import Samples
from tests.bench.measure import Run

EPOCHS = 14
BATCH_SIZE = 64
MEAN, STD = 0.1307, 0.3081


class OfficialNet(nn.Module):
    """Two convolutions without padding, dropout, two linear layers (1,199,882 parameters).

    Shape:
        images: (B, 1, 28, 28) float32, normalised
        log-probabilities: (B, 10) float32
    """

    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(1, 32, kernel_size=3)
        self.conv2 = nn.Conv2d(32, 64, kernel_size=3)
        self.dropout1 = nn.Dropout(0.25)
        self.dropout2 = nn.Dropout(0.5)
        self.fc1 = nn.Linear(9216, 128)
        self.fc2 = nn.Linear(128, 10)

    def forward(self, images: Tensor) -> Tensor:
        """Log-probabilities of a batch of images."""
        x = F.relu(self.conv1(images))  # (B, 32, 26, 26)
        x = F.relu(self.conv2(x))  # (B, 64, 24, 24)
        x = self.dropout1(F.max_pool2d(x, 2)).flatten(1)  # (B, 9216)
        x = self.dropout2(F.relu(self.fc1(x)))  # (B, 128)
        return F.log_softmax(self.fc2(x), dim=1)  # (B, 10)


class PictureDataset(Dataset[tuple[Tensor, int]]):
    """Samples as PIL pictures with a torchvision transform, as `torchvision.datasets.MNIST` serves them."""

    def __init__(self, samples: Samples, transform: transforms.Compose) -> None:
        self.pictures = [Image.fromarray(image[0].numpy()) for image in samples.images]
        self.labels = samples.labels.tolist()
        self.transform = transform

    def __len__(self) -> int:
        return len(self.pictures)

    def __getitem__(self, index: int) -> tuple[Tensor, int]:
        return self.transform(self.pictures[index]), self.labels[index]


def without_margin(samples: Samples) -> Samples:
    """MNIST's own 28×28 pixels: the example's network has no room for our margin of 2."""
    return Samples(samples.images[..., 2:-2, 2:-2].contiguous(), samples.labels, samples.classes)


def tensor_batches(samples: Samples) -> Iterable[tuple[Tensor, Tensor]]:
    """One shuffled epoch, cut from tensors and normalised."""
    for index in torch.randperm(len(samples)).split(BATCH_SIZE):
        yield (samples.images[index].float() / 255 - MEAN) / STD, samples.labels[index]


def picture_loader(samples: Samples) -> DataLoader[tuple[Tensor, int]]:
    """The example's loader: PIL pictures, one after another."""
    transform = transforms.Compose([transforms.ToTensor(), transforms.Normalize((MEAN,), (STD,))])
    return DataLoader(PictureDataset(samples, transform), batch_size=BATCH_SIZE, shuffle=True)


def train_official(train: Samples, test: Samples, *, pictures: bool = False, epochs: int = EPOCHS, seed: int = 0) -> Run:
    """Train the example's network as the example does; test accuracy after each epoch, outside of the time."""
    torch.manual_seed(seed)
    train, test = without_margin(train), without_margin(test)
    test_images = (test.images.float() / 255 - MEAN) / STD  # (N, 1, 28, 28)
    model = OfficialNet()
    optimizer = torch.optim.Adadelta(model.parameters(), lr=1.0)
    scheduler = torch.optim.lr_scheduler.StepLR(optimizer, step_size=1, gamma=0.7)
    loader = picture_loader(train) if pictures else None
    seconds, accuracies = [], []
    for _ in tqdm(range(epochs), desc=f"official example, {'PIL' if pictures else 'tensors'}", disable=None, leave=False):
        started = time.perf_counter()
        model.train()
        for images, labels in tensor_batches(train) if loader is None else loader:
            optimizer.zero_grad()
            loss = F.nll_loss(model(images), labels)
            loss.backward()
            optimizer.step()
        scheduler.step()
        seconds.append(time.perf_counter() - started)
        model.eval()
        with torch.inference_mode():
            accuracies.append((model(test_images).argmax(dim=1) == test.labels).float().mean().item())
    return Run(tuple(seconds), tuple(accuracies))
