#!/usr/bin/env bash
# Judge CHECK_PATH, and put what `check` says into the summary of the workflow's run.
# By its script and not by python -m, which would find a learner's own compare.py first.
# Exit code: that of `check`. CHECK_LANG, CHECK_STRICT and CHECK_ONLY are inputs of action.yml.
set -uo pipefail

arguments=("$CHECK_PATH" --lang "$CHECK_LANG" --html "$RUNNER_TEMP/check.html")
[ "$CHECK_STRICT" = true ] && arguments+=(--strict)
for concept in $CHECK_ONLY; do
  arguments+=(--only "$concept")
done

scratch-compare check "${arguments[@]}" 2>&1 | tee "$RUNNER_TEMP/check.txt"
code=${PIPESTATUS[0]}
{
  # of four spaces and not of a fence: a learner's text may have a fence of its own
  echo '### scratch-compare check'
  echo
  sed 's/^/    /' "$RUNNER_TEMP/check.txt"
} >> "$GITHUB_STEP_SUMMARY"
exit "$code"
