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
from compare.report.tensorboard.serving.folders import contents, in_training, progress

# TensorBoard looks for news every 30 s at most, and not at all unless it is told to: hence its own
# button is pressed. What is not found any more in another version costs the news alone.
SCRIPT = """\
"use strict";
const line = document.createElement("div");
line.setAttribute("role", "status");
line.style.cssText = "flex:none;padding:8px 16px;font:15px sans-serif;background:#fff3cd;" +
  "color:#222;border-top:1px solid #8a6d00";
// below the page and not over it: cards that something lies over are not loaded again
document.body.style.cssText = "display:flex;flex-direction:column";
const app = document.querySelector("tb-webapp");
if (app) app.style.cssText = "flex:1;min-height:0;height:auto";
let wasLive = false, hadCurves, looksSince = 0;
async function look() {
  let state;
  try {
    state = await (await fetch("live")).json();
  } catch (error) {
    state = {text: "The command that served this page has ended.", gone: true};
  }
  line.textContent = state.text;
  if (state.live) {
    // one that is loading is left alone: it would begin again, and never end on a slow machine
    document.querySelector("app-header-reload button:not(.loading)")?.click();
    const to = {href: ".", textContent: "Pin what trains now"};
    line.append(" ", Object.assign(document.createElement("a"), to));
    wasLive = true;
    hadCurves ??= state.training;
    if (state.training && !hadCurves) location.replace(".");  // to the first curves, pinned
  } else if (wasLive && !state.gone && looksSince++) {  // what is written last is loaded by now
    location.replace(".");  // to the answer
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
        return {
            "live": any(state.live for state in states),
            "training": any(in_training(directory) for directory in self.shown.values()),
            "text": "  ".join(state.text for state in states if state.text),
        }
