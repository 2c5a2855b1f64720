"""The rows of the table, one module each group; each has ``rows(plan)``."""
