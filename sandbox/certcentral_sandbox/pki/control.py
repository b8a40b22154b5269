"""The operator's access to the CA."""

from dataclasses import dataclass

from certcentral_sandbox.account.queries import Orders
from certcentral_sandbox.pki.certificates import Certificates
from certcentral_sandbox.pki.faults import Faults
from certcentral_sandbox.pki.publication import Publication


@dataclass(frozen=True)
class Control:
    """The parts of the CA that the operator controls."""

    orders: Orders
    certificates: Certificates
    publication: Publication
    faults: Faults

    def key(self, certificate_id: str) -> bytes:
        """Return the private key of a certificate as PEM, for tests of leaked keys.

        Raises:
            Refused: The certificate doesn't exist.
        """
        return self.certificates.key_pem(self.orders.certificate(certificate_id))
