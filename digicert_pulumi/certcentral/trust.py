"""The certificate authorities that a connection trusts: the machine's, as in pip and browsers."""

import os
import ssl

import truststore
from requests.utils import DEFAULT_CA_BUNDLE_PATH

__all__ = ["bundle", "machines_trust"]


def bundle() -> str | None:
    """Return the file or folder of authorities that replaces all others, from the variables of `requests` and curl."""
    return os.environ.get("REQUESTS_CA_BUNDLE") or os.environ.get("CURL_CA_BUNDLE") or None


def machines_trust() -> ssl.SSLContext:
    """Return a TLS context that trusts the operating system's store.

    `SSL_CERT_FILE` and `SSL_CERT_DIR` add to the store, or replace it if OpenSSL's defaults are the system's store. If
    neither is set, Mozilla's authorities are trusted too, because a small container image has no store.

    Raises:
        OSError: The file that the environment names doesn't exist, or has no certificates.
    """
    context = truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    file, folders = os.environ.get("SSL_CERT_FILE") or None, os.environ.get("SSL_CERT_DIR") or None
    try:
        context.load_verify_locations(file or (None if folders else DEFAULT_CA_BUNDLE_PATH), folders)
    except OSError as error:
        # Without a number, like the error of `requests` for its own variables.
        raise OSError(f"no certificates in SSL_CERT_FILE: {file} ({error.strerror or error})") from None
    return context
