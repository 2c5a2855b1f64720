"""Reconciliation with a remote images API and between archives. Nothing here yet."""
