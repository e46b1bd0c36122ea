"""``python -m compare``."""

import sys
from pathlib import Path

if __name__ == "__main__":
    # -m puts the working directory first, where a learner's own torch.py or scratch.py may lie
    if not sys.flags.safe_path and Path(sys.path[0]) != Path(__file__).parent.parent:
        del sys.path[0]

    from compare.cli import main

    main()
