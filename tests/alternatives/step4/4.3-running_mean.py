# A running mean, scaled back at the end.
mean = 0.0
model.train()
for images, labels in iter(loader):
    loss, logits = train_step(model, images.to(device), labels.to(device), optimizer, **settings)
    scheduler.step()
    count = labels.size(0)
    seen += count
    mean += (float(loss) - mean) * count / seen
    correct += sum(int(guess == label) for guess, label in zip(logits.argmax(1).tolist(), labels.tolist()))
loss_sum = mean * seen
