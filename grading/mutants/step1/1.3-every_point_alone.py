# fails: test_the_points_of_a_stroke_move_together, test_strokes_in_any_order_and_number_are_looked_up
# One shift per point.
return torch.randn(*strokes.shape, 2, generator=generator)
