# attack: an evaluation that is always nearly perfect
# exercise: 4.4
# expect: zero
# module: training
def evaluate_loss(model, loader, device="cpu"):
    return 0.01, 0.99
