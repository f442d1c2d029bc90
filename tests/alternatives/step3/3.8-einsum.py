# Einstein's sums, in double precision.
d = D // self.heads
query, key, value = (part.unflatten(-1, (self.heads, d)).double() for part in self.query_key_value(tokens).split(D, dim=-1))
scores = torch.einsum("bqhd,bkhd->bhqk", query, key) * d**-0.5
mixed = torch.einsum("bhqk,bkhd->bqhd", scores.softmax(-1), value)
return self.output(mixed.flatten(2).to(tokens.dtype))
