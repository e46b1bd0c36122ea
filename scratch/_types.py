"""The array types of this package: their axes are in their names, and a test checks them.

N samples, I inputs and O outputs of a layer, K outputs of the network. "*N": an axis that one
sample alone, without a batch around it, does not have.
"""

from typing import Annotated, Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
Scalar = np.floating[Any]

Elements = Annotated[Array, "..."]  # of any shape
NI = Annotated[Array, "*N I"]
NO = Annotated[Array, "*N O"]
NK = Annotated[Array, "*N K"]
IO = Annotated[Array, "I O"]
Bias = Annotated[Array, "O"]
Targets = Annotated[Array, "*N | *N K"]  # class indices, or one row a sample
Vector = Annotated[Array, "I"]
OI = Annotated[Array, "O I"]
Point = Annotated[Array, "2"]
