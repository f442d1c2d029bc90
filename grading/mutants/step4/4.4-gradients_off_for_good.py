# fails: test_no_gradients_are_recorded
# Gradients are switched off and never on again.
was_training = model.training
model.eval()
torch.set_grad_enabled(False)
for images, labels in loader:
    images, labels = images.to(device), labels.to(device)
    logits = model(images).float()
    loss_sum += F.cross_entropy(logits, labels, reduction="sum").item()
    correct += int((logits.argmax(dim=1) == labels).sum())
    seen += len(labels)
model.train(was_training)
