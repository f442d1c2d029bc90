# fails: test_nan_never_reaches_the_weights
# Looks for NaN and takes infinity for a number like others.
loss = F.cross_entropy(logits.float(), labels, label_smoothing=label_smoothing)
optimizer.zero_grad()
loss.backward()
gradient_norm = nn.utils.clip_grad_norm_(model.parameters(), clip_norm)
if torch.isnan(loss) or torch.isnan(gradient_norm):
    raise TrainingDivergedError("NaN")
optimizer.step()
return loss.detach(), logits.detach()
