# fails: test_a_step_worked_out_by_hand
# The gradient is scaled to clip_norm even where it is shorter.
loss = F.cross_entropy(logits.float(), labels, label_smoothing=label_smoothing)
optimizer.zero_grad()
loss.backward()
gradient_norm = torch.stack([p.grad.norm() for p in model.parameters()]).norm()
for parameter in model.parameters():
    parameter.grad *= clip_norm / gradient_norm
check_finite(loss, gradient_norm)
optimizer.step()
return loss.detach(), logits.detach()
