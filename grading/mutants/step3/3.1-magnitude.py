# fails: test_conv_block_keeps_the_strongest_response_of_each_neighbourhood
# Takes the largest magnitude, whatever its sign.
return F.max_pool2d(convolution(x).abs(), 2)
