# fails: test_attention_agrees_with_pytorch
# All numbers in one head.
query, key, value = self.query_key_value(tokens).chunk(3, dim=-1)
scores = query @ key.transpose(-2, -1) / D**0.5
return self.output(scores.softmax(dim=-1) @ value)
