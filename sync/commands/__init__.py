"""Commands of the sync; each loads what it needs when it runs."""
