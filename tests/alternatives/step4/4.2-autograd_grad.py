# torch.autograd.grad instead of backward.
parameters = [parameter for parameter in model.parameters() if parameter.requires_grad]
loss = F.nll_loss(F.log_softmax(logits.float(), dim=-1), labels) * (1 - label_smoothing)
loss = loss - label_smoothing * F.log_softmax(logits.float(), dim=-1).mean()
for parameter, gradient in zip(parameters, torch.autograd.grad(loss, parameters)):
    parameter.grad = gradient
gradient_norm = nn.utils.clip_grad_norm_(parameters, clip_norm)
check_finite(loss, gradient_norm)
optimizer.step()
return [loss.detach().clone(), logits.detach()]
