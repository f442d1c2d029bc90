# smoother antialiasing; ConstantPad2d and AvgPool2d as modules
picture = ink.unsqueeze(0).unsqueeze(0)
if max(ink.shape) > 2 * image_size:
    ratio = 2 * image_size / max(ink.shape)
    new_size = tuple(max(1, round(ratio * side)) for side in ink.shape)
    picture = F.interpolate(picture, size=new_size, mode="bicubic", antialias=True).clamp(0, 1)
picture = torch.nn.ConstantPad2d(image_size, 0.0)(picture)
image = torch.nn.AvgPool2d(FINER)(normalize(picture, 3 * image_size))
image = image / torch.clamp(image.max(), min=1e-9)
return (image[0] * 255 + 0.5).floor().to(dtype=torch.uint8)
