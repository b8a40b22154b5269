"""The account's certification authorities: real X.509 certificates, and what is published about them."""
