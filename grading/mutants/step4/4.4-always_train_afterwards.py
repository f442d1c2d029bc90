# fails: test_the_model_is_left_in_the_mode_it_came_in
# The model is in training mode afterwards, even if it was not before.
was_training = model.training
model.eval()
with torch.inference_mode():
    for images, labels in loader:
        images, labels = images.to(device), labels.to(device)
        logits = model(images).float()
        check_labels(labels, logits.shape[1])
        loss_sum += F.cross_entropy(logits, labels, reduction="sum").item()
        correct += int((logits.argmax(dim=1) == labels).sum())
        seen += len(labels)
model.train()
