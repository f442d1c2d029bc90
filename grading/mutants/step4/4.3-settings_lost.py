# fails: test_settings_reach_every_step
# Settings are not passed on.
model.train()
for images, labels in loader:
    images = images.to(device)
    labels = labels.to(device)
    loss, logits = train_step(model, images, labels, optimizer)
    scheduler.step()
    loss_sum += loss.item() * len(labels)
    correct += int((logits.argmax(dim=1) == labels).sum())
    seen += len(labels)
