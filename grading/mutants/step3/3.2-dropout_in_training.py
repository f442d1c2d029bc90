# fails: test_simple_cnn_computes_the_same_while_it_trains
# Dropout that nobody asked for, before the last layer.
self.a = nn.Conv2d(in_channels, 32, 3, 1, 1)
self.b = nn.Conv2d(32, 64, 3, 1, 1)
self.c = nn.Conv2d(64, 128, 3, 1, 1)
self.d = nn.Linear(128 * (image_size // 8) ** 2, 192)
self.e = nn.Linear(192, 128)
self.drop = nn.Dropout()
self.f = nn.Linear(128, num_classes)
# ---
x = F.max_pool2d(F.relu(self.a(images)), 2)
x = F.max_pool2d(F.relu(self.b(x)), 2)
x = F.max_pool2d(F.relu(self.c(x)), 2)
x = x.view(x.size(0), -1)
return self.f(self.drop(F.relu(self.e(F.relu(self.d(x))))))
