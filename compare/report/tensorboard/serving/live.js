// TensorBoard looks for news every 30 s at most, and not at all unless it is told to: hence its own
// button is pressed. What is not found any more in another version costs the news alone.
"use strict";
const line = document.createElement("div");
line.setAttribute("role", "status");
line.style.cssText = "flex:none;padding:8px 16px;font:15px sans-serif;background:#fff3cd;" +
  "color:#222;border-top:1px solid #8a6d00";
// below the page and not over it: cards that something lies over are not loaded again
document.body.style.cssText = "display:flex;flex-direction:column";
const app = document.querySelector("tb-webapp");
if (app) app.style.cssText = "flex:1;min-height:0;height:auto";
let words = {};
let wasLive = false, hadCurves, looksSince = 0;
async function look() {
  let state;
  try {
    state = await (await fetch("live")).json();
    words = state.words;
  } catch (error) {
    state = {text: words.ended, gone: true};
  }
  line.textContent = state.text;
  if (state.live) {
    // one that is loading is left alone: it would begin again, and never end on a slow machine
    document.querySelector("app-header-reload button:not(.loading)")?.click();
    const to = {href: ".", textContent: words.pin};
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
