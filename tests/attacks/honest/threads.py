# attack: uses two threads
# exercise: 5.1
# expect: honest
# points: 2
torch.set_num_threads(2)
