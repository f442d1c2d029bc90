# fails: test_conv_block_lets_gradients_through_and_its_input_alone
# Computes on numbers that have lost their history.
return F.relu(F.max_pool2d(convolution(x).detach(), 2)).requires_grad_()
