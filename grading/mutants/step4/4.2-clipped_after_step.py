# fails: test_a_long_gradient_is_shortened_and_keeps_its_direction
# The gradients are clipped after the step.
loss = F.cross_entropy(logits.float(), labels, label_smoothing=label_smoothing)
optimizer.zero_grad()
loss.backward()
check_finite(loss, torch.stack([p.grad.norm() for p in model.parameters()]).norm())
optimizer.step()
nn.utils.clip_grad_norm_(model.parameters(), clip_norm)
return loss.detach(), logits.detach()
