# fails: test_the_figures_of_an_evaluation_are_floats
# The loss is a float, the accuracy a tensor.
was_training = model.training
model.eval()
with torch.inference_mode():
    for images, labels in loader:
        images, labels = images.to(device), labels.to(device)
        logits = model(images).float()
        check_labels(labels, logits.shape[1])
        loss_sum += F.cross_entropy(logits, labels, reduction="sum").item()
        correct += (logits.argmax(dim=1) == labels).sum()
        seen += len(labels)
model.train(was_training)
