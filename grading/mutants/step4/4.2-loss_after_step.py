# fails: test_a_step_worked_out_by_hand, test_every_step_follows_its_own_batch_only
# Loss and logits are from after the step.
loss = F.cross_entropy(logits.float(), labels, label_smoothing=label_smoothing)
optimizer.zero_grad()
loss.backward()
gradient_norm = nn.utils.clip_grad_norm_(model.parameters(), clip_norm)
check_finite(loss, gradient_norm)
optimizer.step()
with torch.no_grad():
    logits = model(images)
    loss = F.cross_entropy(logits.float(), labels, label_smoothing=label_smoothing)
return loss, logits
