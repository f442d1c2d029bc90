# fails: test_images_are_moved_to_the_device_before_the_model_sees_them
# The batches stay where the loader made them: right as long as there is no GPU.
was_training = model.training
model.eval()
with torch.inference_mode():
    for images, labels in loader:
        logits = model(images).float()
        check_labels(labels, logits.shape[1])
        loss_sum += F.cross_entropy(logits, labels, reduction="sum").item()
        correct += (logits.argmax(dim=1) == labels).sum().item()
        seen += len(labels)
model.train(was_training)
