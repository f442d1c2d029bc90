# Gradients are forgotten after the step, through the model; a loss object; the graph is left on what is returned.
criterion = nn.CrossEntropyLoss(label_smoothing=label_smoothing)
loss = criterion(logits.to(torch.float32), labels)
loss.backward()
check_finite(loss, torch.nn.utils.clip_grad_norm_(list(model.parameters()), max_norm=clip_norm))
optimizer.step()
model.zero_grad()
return loss, logits
