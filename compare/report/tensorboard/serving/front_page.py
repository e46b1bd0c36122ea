"""The page that TensorBoard's server opens on: the answer, and a line on a run that goes on.

``/`` leads to the address that shows the answer as it stands now. ``/live`` says how far the runs
have come, and ``/live.js``, in TensorBoard's page, shows that and loads what is new.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from werkzeug.wrappers import Request, Response

from compare.report.tensorboard.link import address
from compare.report.tensorboard.serving.folders import contents, progress

# TensorBoard looks for news every 30 s at most, and not at all unless it is told to: hence its own
# button is pressed. What is not found any more in another version costs the news alone.
SCRIPT = """\
"use strict";
const line = document.createElement("div");
line.setAttribute("role", "status");
line.style.cssText = "position:fixed;bottom:0;left:0;right:0;z-index:9;padding:8px 16px;" +
  "font:15px sans-serif;background:#fff3cd;color:#222;border-top:1px solid #8a6d00";
let wasLive = false, loads = 0;
async function look() {
  let state = {live: false, text: "The command that served this page has ended."};
  try { state = await (await fetch("live")).json(); } catch (error) { loads = 0; }
  if (state.live) loads = 3;  // what is written last is read a little later
  // one that is loading is left alone: it would begin again, and never end on a slow machine
  if (loads-- > 0) document.querySelector("app-header-reload button:not(.loading)")?.click();
  wasLive ||= state.live;
  line.textContent = state.text;
  if (wasLive) {
    const to = {href: ".", textContent: "Open this page on what is new"};
    line.append(" ", Object.assign(document.createElement("a"), to));
  }
  line.hidden = !line.textContent;
  setTimeout(look, 5000);
}
document.body.append(line);
look();
"""


class FrontPage:
    """TensorBoard's WSGI application with these pages in front of it."""

    def __init__(self, tensorboard: Any, shown: Mapping[str, Path]) -> None:
        self.tensorboard, self.shown = tensorboard, shown

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        return self._answer(Request(environ))(environ, start_response)

    def _answer(self, request: Request) -> Any:
        if request.path == "/live":
            return Response(json.dumps(self._state()), mimetype="application/json")
        if request.path == "/live.js":
            return Response(SCRIPT, mimetype="text/javascript")
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
        text = "  ".join(state.text for state in states if state.text)
        return {"live": any(state.live for state in states), "text": text}
