"""``python -m compare``."""

import sys
from pathlib import Path


def main() -> None:
    """The command, or what it lacks."""
    try:
        from compare import cli  # whose packages assert_equivalent does without

        cli.main()
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] == "compare":
            raise
        sys.exit(
            f"The commands need {error.name}, which is not installed: "
            "pip install 'scratch-compare[all]'"
        )


if __name__ == "__main__":
    # -m puts the working directory first, where a learner's own torch.py or scratch.py may lie
    if not sys.flags.safe_path and Path(sys.path[0]) != Path(__file__).parent.parent:
        del sys.path[0]

    main()
