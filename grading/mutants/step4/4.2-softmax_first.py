# fails: test_a_step_worked_out_by_hand, test_every_step_follows_its_own_batch_only
# Cross-entropy gets probabilities, and takes the softmax of them.
loss = F.cross_entropy(logits.float().softmax(dim=1), labels, label_smoothing=label_smoothing)
optimizer.zero_grad()
loss.backward()
gradient_norm = nn.utils.clip_grad_norm_(model.parameters(), clip_norm)
check_finite(loss, gradient_norm)
optimizer.step()
return loss.detach(), logits.detach()
