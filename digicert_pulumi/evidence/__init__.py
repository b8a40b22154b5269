"""Evidence of revocations: verified CRLs and OCSP answers, and who requested and decided each revocation."""
