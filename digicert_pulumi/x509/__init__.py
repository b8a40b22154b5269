"""X.509 without CertCentral: certificates, keys and requests as files and servers show them."""
