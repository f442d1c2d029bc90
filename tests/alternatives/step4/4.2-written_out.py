# The loss written out, gradients emptied by hand, and clipped by hand in float64.
shares = logits.float().log_softmax(dim=1)
wanted = F.one_hot(labels, logits.shape[1]) * (1 - label_smoothing) + label_smoothing / logits.shape[1]
loss = -(wanted * shares).sum(dim=1).mean()
for parameter in model.parameters():
    parameter.grad = None
loss.backward()
gradients = [parameter.grad for parameter in model.parameters() if parameter.grad is not None]
norm = sum(gradient.double().pow(2).sum() for gradient in gradients).sqrt()
check_finite(loss, norm)
for gradient in gradients:
    gradient.mul_(min(1.0, clip_norm / float(norm + 1e-6)))
optimizer.step()
return loss, logits
