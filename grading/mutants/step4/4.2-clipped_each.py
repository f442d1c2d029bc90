# fails: test_a_long_gradient_is_shortened_and_keeps_its_direction
# Each parameter is clipped by itself, not all together.
loss = F.cross_entropy(logits.float(), labels, label_smoothing=label_smoothing)
optimizer.zero_grad()
loss.backward()
for parameter in model.parameters():
    check_finite(loss, nn.utils.clip_grad_norm_(parameter, clip_norm))
optimizer.step()
return loss.detach(), logits.detach()
