# fails: test_conv_block_is_convolution_pooling_and_relu
# ReLU of the input, not of the responses.
return F.max_pool2d(convolution(F.relu(x)), 2)
