# fails: test_mini_vit_adds_positions_and_averages_normalised_tokens
# Averages first, normalises then.
tokens = self.blocks(self.embed(images) + self.position)
return self.classifier(self.norm(tokens.mean(dim=1)))
