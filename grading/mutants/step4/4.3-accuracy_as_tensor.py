# fails: test_the_figures_of_an_epoch_are_floats
# The loss is a float, the accuracy a tensor.
model.train()
for images, labels in loader:
    images, labels = images.to(device), labels.to(device)
    loss, logits = train_step(model, images, labels, optimizer, **settings)
    scheduler.step()
    loss_sum += loss.item() * len(labels)
    correct += (logits.argmax(dim=1) == labels).sum()
    seen += len(labels)
