# fails: test_each_channel_is_measured_by_itself
# Channels are averaged too.
# ---
pixels = train.images.double() / 255
std = pixels.std(correction=0)
channels = train.images.shape[1]
return Normalization((pixels.mean().item(),) * channels, ((std.item() if std > 0 else 1.0),) * channels)
