# fails: test_label_smoothing_is_part_of_loss_and_step
# Label smoothing is ignored.
loss = F.cross_entropy(logits.float(), labels)
optimizer.zero_grad()
loss.backward()
gradient_norm = nn.utils.clip_grad_norm_(model.parameters(), clip_norm)
check_finite(loss, gradient_norm)
optimizer.step()
return loss.detach(), logits.detach()
