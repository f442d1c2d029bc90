# a mask of -inf and torch.argmax; einsum; float64
exact = lacking.double()
for position in range(len(order)):
    writer = int(order[position])
    own = per_class[writer].double()
    must_be_new = len(order) - position <= len(waiting)
    need = torch.einsum("pk,k->p", exact, own)
    for part in range(len(fractions)):
        if fractions[part] <= 0 or (must_be_new and part not in waiting):
            need[part] = -torch.inf
    chosen = int(torch.nonzero(need == need.max())[0, 0])
    exact[chosen] -= own
    part_of[writer] = chosen
    waiting = waiting - {chosen}
lacking = exact
