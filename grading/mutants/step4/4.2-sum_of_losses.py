# fails: test_a_step_worked_out_by_hand
# The loss is the sum over the batch, so steps grow with its size.
loss = F.cross_entropy(logits.float(), labels, label_smoothing=label_smoothing, reduction="sum")
optimizer.zero_grad()
loss.backward()
gradient_norm = nn.utils.clip_grad_norm_(model.parameters(), clip_norm)
check_finite(loss, gradient_norm)
optimizer.step()
return loss.detach(), logits.detach()
