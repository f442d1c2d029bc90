# fails: test_all_luck_comes_from_the_generator
# A seed from the generator, and the numbers from PyTorch's own, whose order others rely on.
torch.manual_seed(int(torch.randint(2**62, (), generator=generator)))
shifts = torch.randn(len(strokes), int(strokes.max()) + 1, 2)
return shifts.gather(1, strokes.unsqueeze(2).expand(-1, -1, 2))
