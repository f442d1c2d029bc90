# Every token votes, and the votes are averaged.
votes = self.classifier(self.norm(self.blocks(self.embed(images) + self.position)))
return votes.mean(-2)
