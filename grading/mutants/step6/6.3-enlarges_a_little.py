# fails: test_large_ink_is_made_smaller
# ink of more than image_size, not of more than twice that, is brought to twice that
smaller = ink[None, None]
if max(ink.shape) > image_size:
    size = [max(1, round(side * 2 * image_size / max(ink.shape))) for side in ink.shape]
    smaller = F.interpolate(smaller, size=size, mode="bilinear", antialias=True, align_corners=False)
finer = normalize(F.pad(smaller, [image_size] * 4), FINER * image_size)[0]
normalized = F.avg_pool2d(finer, FINER)
return (normalized / normalized.amax().clamp(min=1e-6) * 255).round().to(torch.uint8)
