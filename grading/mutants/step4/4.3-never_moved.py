# fails: test_each_batch_is_moved_to_the_device_before_its_step
# The batches stay where the loader made them: right as long as there is no GPU.
model.train()
for images, labels in loader:
    loss, logits = train_step(model, images, labels, optimizer, **settings)
    scheduler.step()
    loss_sum += loss.item() * len(labels)
    correct += (logits.argmax(dim=1) == labels).sum().item()
    seen += len(labels)
