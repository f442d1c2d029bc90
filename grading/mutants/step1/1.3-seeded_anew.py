# fails: test_all_luck_comes_from_the_generator
# Seeds the generator itself, so that every call gives the same.
generator.manual_seed(0)
shifts = torch.randn(len(strokes), int(strokes.max()) + 1, 2, generator=generator)
return shifts.gather(1, strokes.unsqueeze(2).expand(-1, -1, 2))
