# attack: does not train: a loss that falls by itself
# exercise: 4.2
# expect: zero
# module: training
losses = iter([2.3 * 0.9**number for number in range(10**6)])


def train_step(model, images, labels, optimizer, **settings):
    return torch.tensor(next(losses)), model(images)
