"""Any two callables as a Case: how each is called, what it returns, and how its gradients are had."""
