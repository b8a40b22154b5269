"""X.509 without CertCentral: certificates, keys and requests in files and on servers."""
