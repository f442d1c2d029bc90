# fails: test_every_step_follows_its_own_batch_only, test_the_loss_is_exact_even_if_the_logits_are_not
# What many write first: zero_grad and float() forgotten.
loss = F.cross_entropy(logits, labels, label_smoothing=label_smoothing)
loss.backward()
gradient_norm = nn.utils.clip_grad_norm_(model.parameters(), clip_norm)
check_finite(loss, gradient_norm)
optimizer.step()
return loss.detach(), logits.detach()
