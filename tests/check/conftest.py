"""What the tests of judging a text share."""

import pytest

from compare.check.check_submission import check_source
from compare.check.naming.bind import BY_VALUES
from compare.check.repairs import search
from compare.sandbox.submission_files import Source


@pytest.fixture(scope="session", autouse=True)
def _searched_to_the_end():
    """A search for an edit ends with its edits, on a slow machine as on a fast one."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(search, "SECONDS", 120.0)
        yield


@pytest.fixture
def judged(tmp_path):
    """``judged(text)``: what comes of each definition that has no known name, by that name.

    ``how``: whether names may say something, too.
    """

    def of(text, how=(BY_VALUES,)):
        path = tmp_path / "submission.py"
        path.write_text(text, encoding="utf-8")
        result = check_source(Source.of(path))
        assert all(j.how in how for j in result.judgements)
        return {j.found: j for j in result.judgements}, result

    return of
