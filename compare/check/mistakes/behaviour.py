"""The mistakes that the code names, and what Python and NumPy say where one was made."""

NOT_WRITTEN = "not_written"
NAME_LOST = "name_lost"
NOT_CALLED, UNBOUND = "not_called", "unbound_local"
NOT_HERE = "package_not_here"
REFUSED = "refused"
RAISED = {  # what Python and NumPy say, in any of their versions
    NOT_WRITTEN: ("NotImplementedError",),
    UNBOUND: ("UnboundLocalError",),
    NOT_HERE: ("ModuleNotFoundError: No module named",),
    "one_number_only": (
        "TypeError: only length-1 arrays can be converted",
        "TypeError: only size-1 arrays can be converted",
        "TypeError: only 0-dimensional arrays can be converted",
        # np.max((0, u)): a number beside an array
        "ValueError: setting an array element with a sequence. The requested array has an inhomog",
    ),
    "branch_on_array": ("ValueError: The truth value of an array with more than one element",),
    "shapes_do_not_fit": (
        "ValueError: operands could not be broadcast together",
        "ValueError: matmul: Input operand",
        "ValueError: shapes (",
    ),
    "max_for_maximum": (
        "TypeError: only integer scalar arrays can be converted to a scalar index",
    ),
}
