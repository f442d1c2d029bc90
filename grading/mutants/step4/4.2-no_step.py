# fails: test_a_step_worked_out_by_hand, test_a_batch_can_be_memorised
# The optimizer never steps.
loss = F.cross_entropy(logits.float(), labels, label_smoothing=label_smoothing)
optimizer.zero_grad()
loss.backward()
gradient_norm = nn.utils.clip_grad_norm_(model.parameters(), clip_norm)
check_finite(loss, gradient_norm)
return loss.detach(), logits.detach()
