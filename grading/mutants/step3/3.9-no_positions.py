# fails: test_mini_vit_adds_positions_and_averages_normalised_tokens, test_mini_vit_knows_where_a_patch_is
# A set of patches.
tokens = self.norm(self.blocks(self.embed(images)))
return self.classifier(tokens.mean(dim=1))
