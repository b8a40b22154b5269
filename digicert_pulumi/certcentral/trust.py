"""The certificate authorities that a connection trusts: the machine's, as in pip and browsers."""

import os
import ssl

import truststore
from requests.utils import DEFAULT_CA_BUNDLE_PATH

__all__ = ["bundle", "machines_trust"]


def bundle() -> str | None:
    """Give the file or folder of authorities that replaces all others, as `requests` and curl have it named."""
    return os.environ.get("REQUESTS_CA_BUNDLE") or os.environ.get("CURL_CA_BUNDLE") or None


def machines_trust() -> ssl.SSLContext:
    """Make the context of connections that trust the operating system's store.

    `SSL_CERT_FILE` and `SSL_CERT_DIR` add to it, or replace OpenSSL's defaults where these are the system's store. Where
    neither is set, Mozilla's authorities are trusted too: a small container image has no store of its own.

    Raises:
        OSError: The file that the environment names is not there, or holds no certificate.
    """
    context = truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    file, folders = os.environ.get("SSL_CERT_FILE") or None, os.environ.get("SSL_CERT_DIR") or None
    try:
        context.load_verify_locations(file or (None if folders else DEFAULT_CA_BUNDLE_PATH), folders)
    except OSError as error:
        # As `requests` says it of its own variables: without a number.
        raise OSError(f"no certificates in SSL_CERT_FILE: {file} ({error.strerror or error})") from None
    return context
