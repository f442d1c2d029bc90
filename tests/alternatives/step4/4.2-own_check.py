# The loss checked by itself, the gradient by the function that clips it.
loss = F.cross_entropy(logits.float(), labels, label_smoothing=label_smoothing)
if not torch.isfinite(loss):
    raise TrainingDivergedError(f"the loss is {loss.item()}")
optimizer.zero_grad(set_to_none=False)
loss.backward()
try:
    nn.utils.clip_grad_norm_(model.parameters(), clip_norm, error_if_nonfinite=True)
except RuntimeError:
    raise TrainingDivergedError("the gradient is not finite") from None
optimizer.step()
return loss.detach(), logits.detach()
