# fails: test_simple_cnn_gives_one_logit_per_class
# Without its dimensions of one, a batch of one is no batch.
# ---
x = conv_block(images, self.conv1)
x = conv_block(x, self.conv2)
x = conv_block(x, self.conv3)
x = F.relu(self.fc1(x.flatten(1)))
x = F.relu(self.fc2(x))
return self.classifier(x).squeeze()
