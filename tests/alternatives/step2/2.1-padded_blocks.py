# Each image gets its gap by padding, then one reshape lays them out.
free = -count % columns
places = torch.cat([images, images.new_full((free, 1, height, width), 128)])
framed = F.pad(places, (0, gap, 0, gap), value=128).view(-1, columns, height + gap, width + gap)
sheet = framed.permute(0, 2, 1, 3).reshape(-1, columns * (width + gap))
return sheet[: len(sheet) - gap, : columns * (width + gap) - gap]
