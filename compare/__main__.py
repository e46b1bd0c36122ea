"""``python -m compare``."""

import gc
import sys
from pathlib import Path

if __name__ == "__main__" and not sys.flags.safe_path:
    # -m puts the working directory first, where a learner's own torch.py or scratch.py may lie
    if Path(sys.path[0]) != Path(__file__).parent.parent:
        del sys.path[0]

try:
    from compare import cli
except ModuleNotFoundError as error:  # of a package that assert_equivalent does without
    cli, lacking = None, error  # type: ignore[assignment]


def main() -> None:
    """The command, or what it lacks."""
    try:
        if cli is None:
            raise lacking
        cli.main()
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] in ("", "compare"):
            raise
        sys.exit(
            f"The command needs {error.name}, which is not installed: "
            "pip install 'scratch-compare[all]'"
        )
    finally:
        # the process ends: to look once more for garbage among all that torch has made takes longer
        # than many a case
        gc.freeze()


if __name__ == "__main__":
    main()
