# fails: test_conv_block_is_convolution_pooling_and_relu
# An odd last row or column makes a neighbourhood of its own.
return F.relu(F.max_pool2d(convolution(x), 2, ceil_mode=True))
