# fails: test_the_model_itself_is_in_eval_mode
# Switches the model's layers to eval mode, and not the model itself.
was_training = model.training
for layer in model.children():
    layer.eval()
with torch.no_grad():
    for images, labels in loader:
        images, labels = images.to(device), labels.to(device)
        logits = model(images).float()
        check_labels(labels, logits.shape[1])
        loss_sum += F.cross_entropy(logits, labels, reduction="sum").item()
        correct += int((logits.argmax(dim=1) == labels).sum())
        seen += len(labels)
model.train(was_training)
