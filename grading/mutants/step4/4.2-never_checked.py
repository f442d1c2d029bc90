# fails: test_nan_never_reaches_the_weights
# NaN is not noticed at all.
loss = F.cross_entropy(logits.float(), labels, label_smoothing=label_smoothing)
optimizer.zero_grad()
loss.backward()
gradient_norm = nn.utils.clip_grad_norm_(model.parameters(), clip_norm)
optimizer.step()
return loss.detach(), logits.detach()
