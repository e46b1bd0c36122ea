"""The course's networks with torch.nn, torch.optim and autograd: no derivative written by hand.

The same files in the same order as in ``scratch``, which says what "report §2" means. The lines
that learn XOR there are the same here, on tensors:

>>> import torch
>>> from torch_ref import network, optimizers, training
>>> rng = torch.Generator().manual_seed(0)
>>> params = {"W1": torch.randn(2, 8, generator=rng), "b1": torch.zeros(8)}
>>> params |= {"W2": torch.randn(8, 2, generator=rng), "b2": torch.zeros(2)}
>>> x, d = torch.tensor([[0.0, 0], [0, 1], [1, 0], [1, 1]]), torch.tensor([0, 1, 1, 0])
>>> net, rule = network.Network(params, hidden="tanh"), optimizers.Adam(lr=0.1)
>>> for _ in range(100):
...     loss = training.train_step(net, rule, x, d)
>>> net.predict(x).argmax(dim=1)
tensor([0, 1, 1, 0])
"""
