# fails: test_gradients_are_on_again_after_an_error
# Gradients are switched on again, but not where an error ends the evaluation.
was_training = model.training
model.eval()
torch.set_grad_enabled(False)
for images, labels in loader:
    images, labels = images.to(device), labels.to(device)
    logits = model(images).float()
    check_labels(labels, logits.shape[1])
    loss_sum += F.cross_entropy(logits, labels, reduction="sum").item()
    correct += int((logits.argmax(dim=1) == labels).sum())
    seen += len(labels)
torch.set_grad_enabled(True)
model.train(was_training)
