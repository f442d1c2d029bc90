# fails: test_all_luck_comes_from_the_generator
# Numbers from the global generator.
shifts = torch.randn(len(strokes), int(strokes.max()) + 1, 2)
return shifts.gather(1, strokes.unsqueeze(2).expand(-1, -1, 2))
