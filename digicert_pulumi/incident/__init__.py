"""Revoke many orders: from a file to stacks, from stacks to a report."""
