# fails: test_every_step_follows_its_own_batch_only
# Gradients of all batches add up.
loss = F.cross_entropy(logits.float(), labels, label_smoothing=label_smoothing)
loss.backward()
gradient_norm = nn.utils.clip_grad_norm_(model.parameters(), clip_norm)
check_finite(loss, gradient_norm)
optimizer.step()
return loss.detach(), logits.detach()
