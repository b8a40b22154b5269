"""One configured process: its settings, its client, its messages and what it must not tell."""
