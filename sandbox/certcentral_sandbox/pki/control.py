"""What the operator of the sandbox can take from the authorities, and set."""

from dataclasses import dataclass

from certcentral_sandbox.account.queries import Orders
from certcentral_sandbox.pki.certificates import Certificates
from certcentral_sandbox.pki.faults import Faults
from certcentral_sandbox.pki.publication import Publication


@dataclass(frozen=True)
class Control:
    """The authorities as the operator sees them."""

    orders: Orders
    certificates: Certificates
    publication: Publication
    faults: Faults

    def key(self, certificate_id: str) -> bytes:
        """The private key of a certificate as PEM: for a test in which it leaks.

        Raises:
            Refused: There is no such certificate.
        """
        return self.certificates.key_pem(self.orders.certificate(certificate_id))
