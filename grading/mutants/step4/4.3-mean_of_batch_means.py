# fails: test_a_short_last_batch_counts_for_its_images_only
# The mean over batches instead of images.
model.train()
for images, labels in loader:
    images = images.to(device)
    labels = labels.to(device)
    loss, logits = train_step(model, images, labels, optimizer, **settings)
    scheduler.step()
    loss_sum += loss.item()
    correct += float((logits.argmax(dim=1) == labels).float().mean())
    seen += 1
