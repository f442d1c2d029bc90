# Layer by layer, each parameter once, by its identity.
seen = {}
for layer in model.modules():
    for parameter in layer.parameters(recurse=False):
        if parameter.requires_grad:
            seen[id(parameter)] = parameter.nelement()
return sum(seen.values())
