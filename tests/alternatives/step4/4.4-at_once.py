# All logits gathered first, figures at the end, no_grad instead of inference_mode, float64.
before = model.training
model.train(False)
with torch.no_grad():
    pairs = [(model(images.to(device)).double(), labels.to(device)) for images, labels in loader]
if pairs:
    logits, labels = torch.cat([pair[0] for pair in pairs]), torch.cat([pair[1] for pair in pairs])
    check_labels(labels, logits.shape[1])
    seen = len(labels)
    loss_sum = F.cross_entropy(logits, labels) * seen
    correct = (logits.argmax(-1) == labels).sum()
    loss_sum, correct = loss_sum.item(), correct.item()
if before:
    model.train()
