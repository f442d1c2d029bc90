# A loop over blocks; the mean as a sum.
tokens = torch.add(self.position, self.embed(images))
for block in self.blocks:
    tokens = block(tokens)
return self.classifier(self.norm(tokens).sum(dim=1) / tokens.shape[1])
