# fails: test_a_long_gradient_is_shortened_and_keeps_its_direction
# Each group of the optimizer's parameters is clipped by itself.
loss = F.cross_entropy(logits.float(), labels, label_smoothing=label_smoothing)
optimizer.zero_grad()
loss.backward()
for group in optimizer.param_groups:
    check_finite(loss, nn.utils.clip_grad_norm_(group["params"], clip_norm))
optimizer.step()
return loss.detach(), logits.detach()
