"""Bundles (PHB1): what one archive tells others, as a folder on a stick.

Nothing here knows what a record means, and nothing here reads an archive: see
``docs/exchange.md`` for the format, ``sync/exchanging`` for what is told.
"""
