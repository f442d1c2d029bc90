# OpenCV's area averaging and NumPy
import cv2

picture = ink.numpy()
shrink = max(picture.shape) / (2 * image_size)
if shrink > 1:
    height, width = (max(1, round(side / shrink)) for side in picture.shape)
    picture = cv2.resize(picture, (width, height), interpolation=cv2.INTER_AREA)
seen = torch.from_numpy(np.pad(picture, image_size))[None, None]
finer = normalize(seen, FINER * image_size).numpy()[0, 0].astype(np.float64)
coarse = sum(finer[y::FINER, x::FINER] for y in range(FINER) for x in range(FINER)) / FINER**2
levels = np.rint(coarse * (255 / coarse.max())) if coarse.any() else coarse
return torch.from_numpy(levels.astype(np.uint8)).unsqueeze(0)
