# A loop over heads.
size = D // self.heads
projected = self.query_key_value(tokens)
heads = []
for head in range(self.heads):
    query, key, value = (projected[..., part * D + head * size : part * D + (head + 1) * size] for part in range(3))
    scores = torch.bmm(query, key.mT) / size**0.5
    powers = (scores - scores.amax(dim=2, keepdim=True)).exp()
    weights = powers / powers.sum(dim=2, keepdim=True)
    heads.append(torch.bmm(weights, value))
return self.output(torch.cat(heads, dim=-1))
