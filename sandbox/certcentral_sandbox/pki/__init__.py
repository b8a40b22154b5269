"""The account's CA: real X.509 certificates, CRLs and OCSP answers."""
