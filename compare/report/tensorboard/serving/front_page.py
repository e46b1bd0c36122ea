"""The page that TensorBoard's server opens on: the answer, and a line on a run that goes on.

``/`` leads to the address that shows the answer as it stands now. ``/live`` says how far the runs
have come, and ``/live.js``, in TensorBoard's page, shows that and loads what is new.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any

from werkzeug.wrappers import Request, Response

from compare.language.choice import _, language, speaking
from compare.report.tensorboard.serving.folders import contents, in_training, progress
from compare.report.tensorboard.serving.link import address

SCRIPT = files(__package__).joinpath("live.js")


class FrontPage:
    """TensorBoard's WSGI application with these pages in front of it."""

    def __init__(self, tensorboard: Any, shown: Mapping[str, Path]) -> None:
        self.tensorboard, self.shown = tensorboard, shown
        self.lang = language()  # of the command: a request has a thread of its own

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        with speaking(self.lang):
            return self._answer(Request(environ))(environ, start_response)

    def _answer(self, request: Request) -> Any:
        if request.path == "/live":
            return Response(json.dumps(self._state()), mimetype="application/json")
        if request.path == "/live.js":
            return Response(SCRIPT.read_text("utf-8"), mimetype="text/javascript")
        if request.path != "/":
            return self.tensorboard
        if not request.query_string:
            # relative: the port may be another where it was forwarded from
            return Response(
                status=302, headers={"Location": self.answer(), "Cache-Control": "no-store"}
            )
        page = Response.from_app(self.tensorboard, request.environ)
        page.set_data(page.get_data() + b'<script src="live.js"></script>')
        return page

    def answer(self) -> str:
        """The address that opens on the answer, as far as it is known by now."""
        return address({name: contents(directory) for name, directory in self.shown.items()})

    def _state(self) -> dict[str, Any]:
        states = [progress(directory) for directory in self.shown.values()]
        return {
            "live": any(state.live for state in states),
            "training": any(in_training(directory) for directory in self.shown.values()),
            "text": "  ".join(state.text for state in states if state.text),
            "words": {
                "ended": _("The command that served this page has ended."),
                "pin": _("Pin what trains now"),
            },
        }
