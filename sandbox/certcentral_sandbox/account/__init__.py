"""The account: what is stored, and the documents made of it."""
