"""§5 The work that back-propagation saves, in floating-point operations."""

from ._types import NI, Targets
from .network import Network


def operations(network: Network, x: NI, d: Targets) -> dict[str, int]:
    """Floating-point operations in matrix products: forward, back-propagation, central differences.

    A product (N, I) (I, O) takes 2 N I O; backward two such a layer, but one in the first where
    nobody wants ∂E/∂x; differences 2 forward passes a parameter.
    x (N, I) · d → forward, backpropagation (with its forward), numerical.   Source: report §5.
    """
    parameters = sum(p.size for p in network.params.values())
    forward = 2 * len(x) * sum(p.size for p in network.params.values() if p.ndim == 2)
    by_x = 0 if network.wants_grad_x else 2 * len(x) * network.params["W1"].size
    return {
        "forward": forward,
        "backpropagation": forward + 2 * forward - by_x,
        "numerical": 2 * parameters * forward,
    }
