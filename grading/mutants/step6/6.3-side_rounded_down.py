# fails: test_large_ink_is_made_smaller
# the shorter side is cut off, as by scale_factor
scale = min(1.0, 2 * image_size / max(ink.shape))
size = [max(1, int(side * scale + 1e-9)) for side in ink.shape]
smaller = F.interpolate(ink[None, None], size=size, mode="bilinear", antialias=True, align_corners=False)
finer = normalize(F.pad(smaller, [image_size] * 4), FINER * image_size)[0]
normalized = F.avg_pool2d(finer, FINER)
return (normalized / normalized.amax().clamp(min=1e-6) * 255).round().to(torch.uint8)
