# fails: test_conv_block_halves_height_and_width
# Windows one pixel apart.
return F.relu(F.max_pool2d(convolution(x), kernel_size=2, stride=1))
