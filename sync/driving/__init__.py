"""What the engine asks of the world, done: HTTP, tokens, bytes, the archive, time.

``driver.drive`` runs an engine; everything else here does one of its effects.
"""
