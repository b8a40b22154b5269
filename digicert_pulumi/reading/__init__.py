"""What was read from DigiCert, and how old it is.

Calls are the scarce thing. A reading that is young enough answers again without one, and where many orders are asked
for, all of them are listed once instead of being read one by one.
"""

from digicert_pulumi.reading.look_again import LookAgain
from digicert_pulumi.reading.reader import FRESH_SECONDS, Reader, Reading

__all__ = ["FRESH_SECONDS", "LookAgain", "Reader", "Reading"]
