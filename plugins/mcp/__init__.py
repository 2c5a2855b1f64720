"""An archive as tools for assistants: the Model Context Protocol, over stdio.

Tools are named after those of the images API, and read by its own functions, through
the guard; they change things only where that was allowed (``asbuilt mcp --write``).
"""
