# fails: test_the_loss_is_exact_even_if_the_logits_are_not
# The loss is made from bfloat16 logits in bfloat16.
loss = F.cross_entropy(logits, labels, label_smoothing=label_smoothing)
optimizer.zero_grad()
loss.backward()
gradient_norm = nn.utils.clip_grad_norm_(model.parameters(), clip_norm)
check_finite(loss, gradient_norm)
optimizer.step()
return loss.detach(), logits.detach()
