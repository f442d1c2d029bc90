# A match over the schedules, the smaller of two straight lines, and a squared cosine.
match schedule:
    case "one_cycle":
        return min(4 * progress, (4 - 4 * progress) / 3)
    case "cosine" if progress <= 0.05:
        return 20 * progress
    case "cosine":
        return math.cos(math.pi / 2 * (progress - 0.05) / 0.95) ** 2
    case _:
        return 1
