# fails: test_dropout_is_off_and_batch_norm_does_not_learn, test_no_gradients_are_recorded
# The model is measured in training mode.
was_training = model.training
with torch.inference_mode():
    for images, labels in loader:
        images, labels = images.to(device), labels.to(device)
        logits = model(images).float()
        check_labels(labels, logits.shape[1])
        loss_sum += F.cross_entropy(logits, labels, reduction="sum").item()
        correct += int((logits.argmax(dim=1) == labels).sum())
        seen += len(labels)
model.train(was_training)
