"""Speed and memory of the archive against its peers, as ratios in one run.

Nothing here is a timed test and nothing here runs in CI: a person starts it
(``python -m bench --help``), and reads a table of ratios.
"""
