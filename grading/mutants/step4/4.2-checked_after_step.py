# fails: test_nan_never_reaches_the_weights
# NaN is noticed when it is in the weights already.
loss = F.cross_entropy(logits.float(), labels, label_smoothing=label_smoothing)
optimizer.zero_grad()
loss.backward()
gradient_norm = nn.utils.clip_grad_norm_(model.parameters(), clip_norm)
optimizer.step()
check_finite(loss, gradient_norm)
return loss.detach(), logits.detach()
