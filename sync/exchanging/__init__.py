"""Laptop to laptop, by a stick: what is told, and what is taken in (docs/exchange.md).

``model`` is what a record is to an exchange, ``merging`` what becomes of two versions
of one, ``settling`` what a person makes of it (both pure). ``noticing`` finds in the
history what was changed here, ``telling`` reads records, ``taking`` writes them,
``holding`` keeps what a person has to decide.
``exporting`` and ``importing`` go between an archive and the bundles on a stick, whose
format is ``sync.bundles``.
"""
