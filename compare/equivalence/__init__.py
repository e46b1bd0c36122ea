"""Any two callables as a Case: how each is called, what it returns, how its gradients are had."""
