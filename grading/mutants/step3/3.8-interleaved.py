# fails: test_attention_agrees_with_pytorch, test_a_token_alone_attends_to_itself
# Each head's query, key and value side by side.
query, key, value = self.query_key_value(tokens).view(B, T, self.heads, 3, D // self.heads).permute(3, 0, 2, 1, 4)
scores = query @ key.transpose(-2, -1) / (D // self.heads) ** 0.5
mixed = scores.softmax(dim=-1) @ value
return self.output(mixed.transpose(1, 2).reshape(B, T, D))
