# fails: test_a_step_worked_out_by_hand, test_a_batch_can_be_memorised
# The gradients are forgotten before the step could use them.
loss = F.cross_entropy(logits.float(), labels, label_smoothing=label_smoothing)
loss.backward()
optimizer.zero_grad(set_to_none=False)
gradient_norm = nn.utils.clip_grad_norm_(model.parameters(), clip_norm)
check_finite(loss, gradient_norm)
optimizer.step()
return loss.detach(), logits.detach()
