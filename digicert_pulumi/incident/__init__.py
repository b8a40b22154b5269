"""Revoke many orders: read a CSV, split it across stacks, and write a report."""
