# fails: test_conv_block_is_convolution_pooling_and_relu
# Negative responses come through.
return F.max_pool2d(convolution(x), 2)
