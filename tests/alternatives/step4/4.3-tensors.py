# Figures gathered in lists, sums of tensors, and numbers at the end.
losses, rights = [], []
_ = model.train(True)
for batch in loader:
    images, labels = (part.to(device) for part in batch)
    loss, logits = train_step(model=model, images=images, labels=labels, optimizer=optimizer, **settings)
    losses.append(loss.detach().double() * labels.shape[0])
    rights.append(logits.max(dim=1).indices.eq(labels))
    scheduler.step()
if rights:
    loss_sum, correct, seen = torch.stack(losses).sum().item(), torch.cat(rights).sum().item(), len(torch.cat(rights))
