# fails: test_the_images_pass_the_model_once
# The logits are calculated a second time, without the precision that was asked for.
optimizer.zero_grad()
logits = model(images)
loss = F.cross_entropy(logits.float(), labels, label_smoothing=label_smoothing)
loss.backward()
gradient_norm = nn.utils.clip_grad_norm_(model.parameters(), clip_norm)
check_finite(loss, gradient_norm)
optimizer.step()
return loss.detach(), logits.detach()
