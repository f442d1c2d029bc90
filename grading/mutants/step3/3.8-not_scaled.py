# fails: test_attention_agrees_with_pytorch
# Scores grow with the heads' size.
query, key, value = self.query_key_value(tokens).view(B, T, 3, self.heads, D // self.heads).permute(2, 0, 3, 1, 4)
scores = query @ key.transpose(-2, -1)
mixed = scores.softmax(dim=-1) @ value
return self.output(mixed.transpose(1, 2).reshape(B, T, D))
