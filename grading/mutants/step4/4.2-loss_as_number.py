# fails: test_a_step_gives_one_loss_and_a_row_of_logits_per_image
# The loss is a number, not a tensor.
loss = F.cross_entropy(logits.float(), labels, label_smoothing=label_smoothing)
optimizer.zero_grad()
loss.backward()
gradient_norm = nn.utils.clip_grad_norm_(model.parameters(), clip_norm)
check_finite(loss, gradient_norm)
optimizer.step()
return loss.item(), logits.detach()
