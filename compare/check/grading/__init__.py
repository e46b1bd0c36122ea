"""A class of submissions: judged side by side, given points, and told in tables and pages."""
