# All that is learned, in one vector.
learned = [parameter.detach().flatten() for parameter in model.parameters() if parameter.requires_grad]
return len(torch.cat(learned)) if learned else 0
