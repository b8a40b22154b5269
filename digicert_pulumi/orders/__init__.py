"""Find and read orders, singly or from the account's lists, and track the age of each read.

The rate limit makes calls scarce. So a recent read is reused, and if many orders are needed, the account is listed once
instead of reading them one by one.
"""
