"""Networks of any structure: made, used and measured by what their parts do."""
