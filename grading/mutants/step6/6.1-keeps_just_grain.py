# fails: test_what_is_just_as_much_as_grain_is_grain
# only what is less than GRAIN becomes 0
ink = (difference / strongest).clamp(max=1)
ink[ink < GRAIN] = 0
return ink
