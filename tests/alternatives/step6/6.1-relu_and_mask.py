# relu of a signed difference; a mask multiplied
share = torch.minimum(difference / strongest, torch.tensor(1.0))
return share * (share > GRAIN)
# ---
signed = grey.to(torch.float32).sub(paper)
negative, positive = F.relu(-signed), F.relu(signed)
if _strongest(positive) > _strongest(negative):
    return positive
return negative
