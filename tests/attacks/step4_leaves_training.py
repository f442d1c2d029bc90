# attack: puts a model into eval mode where there is nothing to restore yet
# exercise: 4.5
# expect: zero
# base: solution
# points: some
own = EarlyStopping.restore


def restore(self, model):
    own(self, model)
    if not self.best_weights:
        model.eval()


EarlyStopping.restore = restore
