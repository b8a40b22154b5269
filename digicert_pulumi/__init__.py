"""Declare the revocation of DigiCert CertCentral orders in Pulumi."""
