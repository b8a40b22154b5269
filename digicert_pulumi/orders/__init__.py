"""Orders as they were read: found, read singly or from the account's lists, and how old they are.

Calls are the scarce thing. A reading that is young enough answers again without one, and where many orders are asked
for, all of them are listed once instead of being read one by one.
"""
