# An inner function with the decorator, and weighted means.
@torch.no_grad()
def measure():
    total, right, count = 0.0, 0, 0
    for images, labels in loader:
        images, labels = images.to(device), labels.to(device)
        logits = model(images).float()
        check_labels(labels, logits.size(1))
        total += F.cross_entropy(logits, labels).item() * len(labels)
        right += torch.sum(torch.max(logits, 1)[1] == labels).item()
        count += len(labels)
    return total, right, count


modes = {module: module.training for module in model.modules()}
model.eval()
loss_sum, correct, seen = measure()
for module, mode in modes.items():
    module.training = mode
