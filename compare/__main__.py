"""``python -m compare``, and ``scratch-compare``."""

import sys
from pathlib import Path

# -m puts the working directory first, where a learner's own torch.py or scratch.py may lie
here = Path(__file__).parent.parent
if __name__ == "__main__" and not sys.flags.safe_path and Path(sys.path[0]) != here:
    del sys.path[0]

try:
    from compare.cli import main
except ModuleNotFoundError as error:
    if (error.name or "").partition(".")[0] == "compare":
        raise
    # assert_equivalent does without the packages of the commands
    sys.exit(
        f"The commands need {error.name}, which is not installed: "
        "pip install 'scratch-compare[all]'"
    )

if __name__ == "__main__":
    main()
