# fails: test_the_model_trains_in_training_mode, test_an_epoch_is_a_step_for_each_batch_at_a_falling_rate
# Accuracy is measured after the step, with another forward pass.
model.train()
for images, labels in loader:
    images = images.to(device)
    labels = labels.to(device)
    loss, logits = train_step(model, images, labels, optimizer, **settings)
    scheduler.step()
    loss_sum += loss.item() * len(labels)
    correct += int((model(images).argmax(dim=1) == labels).sum())
    seen += len(labels)
