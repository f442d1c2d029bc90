# fails: test_a_short_last_batch_counts_for_its_images_only
# The loss is a sum of means, divided by images.
model.train()
for images, labels in loader:
    images = images.to(device)
    labels = labels.to(device)
    loss, logits = train_step(model, images, labels, optimizer, **settings)
    scheduler.step()
    loss_sum += loss.item()
    correct += int((logits.argmax(dim=1) == labels).sum())
    seen += len(labels)
