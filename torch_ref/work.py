"""§5 The work that back-propagation saves, in floating-point operations."""

from torch import Tensor
from torch.utils.flop_counter import FlopCounterMode

from .network import Network


def operations(network: Network, x: Tensor, d: Tensor) -> dict[str, int]:
    """Floating-point operations in matrix products: forward, back-propagation, central differences.

    Counted while the operations run.   Source: torch.utils.flop_counter.FlopCounterMode.
    """

    def count(passes: int, backward: bool = False) -> int:
        with FlopCounterMode(display=False) as counter:
            for _ in range(passes):
                network.forward(x)
            if backward:
                network.loss(d)
                network.backward()
        return counter.get_total_flops()

    parameters = sum(p.numel() for p in network.params.values())
    return {
        "forward": count(1),
        "backpropagation": count(1, backward=True),
        "numerical": count(2 * parameters),
    }
