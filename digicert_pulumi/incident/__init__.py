"""Revoke many orders: from a CSV over stacks to a report."""
