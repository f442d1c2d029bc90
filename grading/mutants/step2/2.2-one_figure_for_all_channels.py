# fails: test_each_channel_is_measured_by_itself
# Channels are averaged too.
# ---
pixels = train.images.double()
std = pixels.std(correction=0) / 255
channels = train.images.shape[1]
return Normalization((pixels.mean().item() / 255,) * channels, ((std.item() if std > 0 else 1.0),) * channels)
