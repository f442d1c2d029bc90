# fails: test_the_model_trains_in_training_mode
# The model is never put into training mode.
for images, labels in loader:
    images = images.to(device)
    labels = labels.to(device)
    loss, logits = train_step(model, images, labels, optimizer, **settings)
    scheduler.step()
    loss_sum += loss.item() * len(labels)
    correct += int((logits.argmax(dim=1) == labels).sum())
    seen += len(labels)
