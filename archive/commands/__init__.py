"""The command line: one module for each group of commands, found through entry points.

A command parses, opens the archive, calls one library function and prints. What it
raises is turned into a message and an exit code in one place (``failures``).
"""
