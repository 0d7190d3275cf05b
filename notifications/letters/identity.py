"""The key and certificate that letters are signed with: the insurer's own, or in the demo one made once and kept."""

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import NoEncryption, pkcs12
from django.conf import settings

Key = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey


class BadSigningKey(Exception):
    """LETTER_SIGNING_KEY does not name a PKCS#12 file with a key and certificate that its password opens."""


def load_identity() -> tuple[Key, x509.Certificate, tuple[x509.Certificate, ...]]:
    """Key, certificate and chain from LETTER_SIGNING_KEY; when that is empty, this installation's self-signed ones.

    Raises BadSigningKey. An EC key (P-256) signs ten times faster than an RSA one.
    """
    named = bool(settings.LETTER_SIGNING_KEY)
    file = Path(settings.LETTER_SIGNING_KEY) if named else own_identity()
    password = settings.LETTER_SIGNING_PASSWORD.encode() if named and settings.LETTER_SIGNING_PASSWORD else None
    try:
        key, certificate, chain = pkcs12.load_key_and_certificates(file.read_bytes(), password)
    except (OSError, ValueError) as error:
        raise BadSigningKey(f"LETTER_SIGNING_KEY: {file} can't be read: {error}") from error
    if not isinstance(key, ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey) or certificate is None:
        raise BadSigningKey(f"LETTER_SIGNING_KEY: {file} needs an EC or RSA key and its certificate")
    return key, certificate, tuple(chain)


def own_identity() -> Path:
    """The file of this installation's identity in VAR, made when missing. Two processes agree on one."""
    file = Path(settings.VAR) / "letter-signing.p12"
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True)
        draft = file.with_name(f"{file.name}.{os.getpid()}")
        draft.touch(mode=0o600)
        draft.write_bytes(new_identity())
        try:
            os.link(draft, file)  # fails where a faster process has made one: that one counts
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    return file


def new_identity() -> bytes:
    """A PKCS#12 file with a P-256 key and a certificate that vouches for itself, for ten years."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name(
        [
            x509.NameAttribute(x509.NameOID.ORGANIZATION_NAME, settings.INSURER_NAME["en"]),
            x509.NameAttribute(x509.NameOID.COMMON_NAME, f"{settings.INSURER_NAME['zh-hans']} · letters"),
        ]
    )
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=3650))
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(
            x509.KeyUsage(True, True, False, False, False, False, False, False, False),  # signature, non-repudiation
            critical=True,
        )
        .sign(key, SHA256())
    )
    return pkcs12.serialize_key_and_certificates(b"letters", key, certificate, None, NoEncryption())
