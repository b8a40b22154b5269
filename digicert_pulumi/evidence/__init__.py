"""What is published of a certificate: verified CRLs and OCSP answers, and who asked for and decided the revocation."""
