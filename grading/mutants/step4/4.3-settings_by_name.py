# fails: test_settings_reach_every_step
# Two settings are passed on, and the precision is not.
model.train()
for images, labels in loader:
    images = images.to(device)
    labels = labels.to(device)
    smoothing, clip_norm = settings.get("label_smoothing", 0.0), settings.get("clip_norm", 1.0)
    loss, logits = train_step(model, images, labels, optimizer, label_smoothing=smoothing, clip_norm=clip_norm)
    scheduler.step()
    loss_sum += loss.item() * len(labels)
    correct += int((logits.argmax(dim=1) == labels).sum())
    seen += len(labels)
