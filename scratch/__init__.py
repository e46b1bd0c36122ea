"""The course's networks from scratch: NumPy and the formulas of the report, nothing else.

"Report" is the report on the course's first day (深層学習 day 1), "§2" its second section, and
"course" what the course itself hands out. Read in this order, each file beside its namesake in
``torch_ref``:

1. affine.py        §1  u = x W + b, and its gradients
2. activations.py   §2  what follows it: ReLU, sigmoid, softmax ...
3. losses.py        §3  how far y is from d; a table of what the losses differ in
4. layers.py        §5  the same formulas as layers, which go forward and back
5. network.py       §5  a list of layers: forward, and back-propagation
6. optimizers.py    §4  what to do with a gradient: SGD to Adam
7. training.py      §4  the loop; sampling.py, schedules.py and initializers.py are what it is given
8. parallel.py      §4  the same loop by several workers, each with its part of a mini-batch

numerical.py and work.py (§5) say what back-propagation saves, surfaces.py (§4) what a descent is.

XOR, which no line separates, learned in ten lines:

>>> import numpy as np
>>> from scratch import network, optimizers, training
>>> rng = np.random.default_rng(0)
>>> params = {"W1": rng.standard_normal((2, 8)), "b1": np.zeros(8)}
>>> params |= {"W2": rng.standard_normal((8, 2)), "b2": np.zeros(2)}
>>> x, d = np.array([[0.0, 0], [0, 1], [1, 0], [1, 1]]), np.array([0, 1, 1, 0])
>>> net, rule = network.Network(params, hidden="tanh"), optimizers.Adam(lr=0.1)
>>> for _ in range(100):
...     loss = training.train_step(net, rule, x, d)
>>> net.predict(x).argmax(axis=1)
array([0, 1, 1, 0])
"""
