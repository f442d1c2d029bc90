# fails: test_mini_vit_adds_positions_and_averages_normalised_tokens
# Positions come after the blocks.
tokens = self.norm(self.blocks(self.embed(images)) + self.position)
return self.classifier(tokens.mean(dim=1))
