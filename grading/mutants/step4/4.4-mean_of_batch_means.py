# fails: test_every_validation_image_counts_the_same, test_loss_and_accuracy_are_those_of_all_images_at_once
# The loss is a sum of the batches' means, divided by images.
was_training = model.training
model.eval()
with torch.inference_mode():
    for images, labels in loader:
        images, labels = images.to(device), labels.to(device)
        logits = model(images).float()
        check_labels(labels, logits.shape[1])
        loss_sum += F.cross_entropy(logits, labels).item()
        correct += int((logits.argmax(dim=1) == labels).sum())
        seen += len(labels)
model.train(was_training)
