# fails: test_a_long_gradient_is_shortened_and_keeps_its_direction
# Each number of the gradient is limited by itself.
loss = F.cross_entropy(logits.float(), labels, label_smoothing=label_smoothing)
optimizer.zero_grad()
loss.backward()
nn.utils.clip_grad_value_(model.parameters(), clip_norm)
check_finite(loss, torch.stack([p.grad.norm() for p in model.parameters()]).norm())
optimizer.step()
return loss.detach(), logits.detach()
