# fails: test_attention_agrees_with_pytorch, test_a_token_alone_attends_to_itself
# The output layer is not used.
query, key, value = self.query_key_value(tokens).view(B, T, 3, self.heads, D // self.heads).permute(2, 0, 3, 1, 4)
scores = query @ key.transpose(-2, -1) / (D // self.heads) ** 0.5
mixed = scores.softmax(dim=-1) @ value
return mixed.transpose(1, 2).reshape(B, T, D)
