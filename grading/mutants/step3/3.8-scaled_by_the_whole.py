# fails: test_attention_agrees_with_pytorch
# Divided by the root of all dimensions.
query, key, value = self.query_key_value(tokens).view(B, T, 3, self.heads, D // self.heads).permute(2, 0, 3, 1, 4)
scores = query @ key.transpose(-2, -1) / D**0.5
mixed = scores.softmax(dim=-1) @ value
return self.output(mixed.transpose(1, 2).reshape(B, T, D))
