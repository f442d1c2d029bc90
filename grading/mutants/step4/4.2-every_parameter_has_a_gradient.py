# fails: test_a_frozen_parameter_stays_as_it_is
# Clips by hand, and takes it for granted that each parameter has a gradient.
loss = F.cross_entropy(logits.float(), labels, label_smoothing=label_smoothing)
optimizer.zero_grad()
loss.backward()
gradient_norm = torch.sqrt(sum((parameter.grad**2).sum() for parameter in model.parameters()))
check_finite(loss, gradient_norm)
if gradient_norm > clip_norm:
    for parameter in model.parameters():
        parameter.grad *= clip_norm / gradient_norm
optimizer.step()
return loss.detach(), logits.detach()
