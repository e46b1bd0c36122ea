"""The one array type of this package."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
Scalar = np.floating[Any]
