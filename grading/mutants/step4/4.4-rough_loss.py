# fails: test_the_validation_loss_is_exact_even_if_the_logits_are_not
# The loss is made from logits in the model's own precision.
was_training = model.training
model.eval()
with torch.inference_mode():
    for images, labels in loader:
        images, labels = images.to(device), labels.to(device)
        logits = model(images)
        check_labels(labels, logits.shape[1])
        loss_sum += F.cross_entropy(logits, labels, reduction="sum").item()
        correct += int((logits.argmax(dim=1) == labels).sum())
        seen += len(labels)
model.train(was_training)
