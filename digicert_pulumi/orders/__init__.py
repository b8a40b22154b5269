"""Read orders: find them, read them singly or from the account's lists, and know how old a read is.

Calls are the scarce thing. A reading that is young enough answers again without one, and where many orders are asked
for, all of them are listed once instead of being read one by one.
"""
