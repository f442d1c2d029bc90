# fails: test_an_epoch_is_a_step_for_each_batch_at_a_falling_rate
# The scheduler is forgotten.
model.train()
for images, labels in loader:
    images = images.to(device)
    labels = labels.to(device)
    loss, logits = train_step(model, images, labels, optimizer, **settings)
    loss_sum += loss.item() * len(labels)
    correct += int((logits.argmax(dim=1) == labels).sum())
    seen += len(labels)
