"""Reconciliation with a remote images API, and between archives.

So far the decisions, which touch nothing: what a record is to the sync (``records``,
``identity``), the three-way merge (``fields``, ``lives``, ``merge``), what a person
decides (``conflicts``), and the plan of a run (``planning``). Rules: ``docs/sync.md``.
"""
