# fails: test_no_gradients_are_recorded
# Gradients are recorded.
was_training = model.training
model.eval()
with torch.enable_grad():
    for images, labels in loader:
        images, labels = images.to(device), labels.to(device)
        logits = model(images).float()
        check_labels(labels, logits.shape[1])
        loss_sum += F.cross_entropy(logits, labels, reduction="sum").item()
        correct += int((logits.argmax(dim=1) == labels).sum())
        seen += len(labels)
model.train(was_training)
