# signed whole numbers instead of float
kept = difference > GRAIN * strongest
ink = torch.zeros_like(difference)
ink[kept] = difference[kept] / strongest
ink[ink > 1] = 1
return ink
# ---
difference = (grey.to(torch.int16) - int(paper)).float()
if _strongest(difference.clamp(min=0)) > _strongest((-difference).clamp(min=0)):
    difference = -difference
return (-difference).clamp(min=0)
