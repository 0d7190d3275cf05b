import datetime as dt
import stat
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from io import BytesIO
from pathlib import Path

import pytest
from asn1crypto.x509 import Certificate
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, pkcs12
from pyhanko.pdf_utils.misc import PdfError
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko_certvalidator import ValidationContext

from notifications.letters import identity as identities
from notifications.letters import signing
from notifications.letters.identity import BadSigningKey, load_identity, own_identity
from notifications.letters.signing import sign
from notifications.letters.typesetting import typeset
from tests.notifications.letter_samples import LETTER


@pytest.fixture(autouse=True)
def fresh_identity(settings, tmp_path):
    settings.VAR = tmp_path
    signing.identity.cache_clear()
    yield
    signing.identity.cache_clear()


@pytest.fixture
def pdf():
    return typeset(LETTER)


def verdict(pdf, trusted=None):
    """pyHanko's validator, which trusts one certificate alone: ours unless another is given.

    In a thread of its own: it starts an event loop, and a browser test before this one leaves its own in this thread.
    """
    trusted = trusted or signing.identity().certificate
    [signature] = PdfFileReader(BytesIO(pdf)).embedded_signatures
    root = Certificate.load(trusted.public_bytes(Encoding.DER))
    context = ValidationContext(trust_roots=[root], allow_fetching=False)
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(validate_pdf_signature, signature, context).result()


def test_a_signed_letter_is_valid_and_nothing_in_it_is_left_uncovered(pdf):
    status = verdict(sign(pdf).content)
    assert status.bottom_line
    assert status.intact
    assert status.coverage.name == "ENTIRE_FILE"


def test_the_pages_are_counted(pdf):
    assert sign(pdf).pages == 1


def test_signing_leaves_the_letter_s_own_bytes_as_they_are(pdf):
    assert sign(pdf).content.startswith(pdf)


@pytest.mark.parametrize("place", [0.1, 0.5, 0.95])
def test_one_changed_byte_breaks_the_signature(pdf, place):
    content = bytearray(sign(pdf).content)
    at = int(len(pdf) * place)
    content[at] ^= 1
    with suppress(PdfError):  # not even a PDF any more
        assert not verdict(bytes(content)).bottom_line


def test_an_identity_is_made_once_and_kept_private():
    first = own_identity().read_bytes()
    assert own_identity().read_bytes() == first
    assert stat.S_IMODE(own_identity().stat().st_mode) == 0o600


def test_processes_that_start_together_agree_on_one_identity(tmp_path, monkeypatch):
    drafts = iter(range(100))
    monkeypatch.setattr(identities.os, "getpid", lambda: next(drafts))
    with ThreadPoolExecutor(4) as pool:
        files = list(pool.map(lambda _: own_identity().read_bytes(), range(4)))
    assert len(set(files)) == 1
    assert [file.name for file in tmp_path.iterdir()] == ["letter-signing.p12"]


def test_the_insurer_s_own_key_with_its_chain_signs(settings, tmp_path, pdf):
    root_key, root = certificate("Root", None, None)
    key, own = certificate("Letters", root_key, root)
    file = tmp_path / "insurer.p12"
    file.write_bytes(pkcs12.serialize_key_and_certificates(b"x", key, own, [root], BestAvailableEncryption(b"secret")))
    settings.LETTER_SIGNING_KEY, settings.LETTER_SIGNING_PASSWORD = str(file), "secret"
    assert verdict(sign(pdf).content, trusted=root).bottom_line


@pytest.mark.parametrize("content", [b"not a key", None])
def test_a_signing_key_that_cannot_be_read_is_named(settings, tmp_path, content):
    file = Path(tmp_path / "broken.p12")
    if content:
        file.write_bytes(content)
    settings.LETTER_SIGNING_KEY = str(file)
    with pytest.raises(BadSigningKey, match=r"broken\.p12"):
        load_identity()


def certificate(name, issuer_key, issuer):
    key = rsa.generate_private_key(65537, 2048)
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    now = dt.datetime.now(dt.UTC)
    built = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer.subject if issuer else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=30))
        .add_extension(x509.BasicConstraints(ca=issuer is None, path_length=None), critical=True)
        .add_extension(
            x509.KeyUsage(
                issuer is not None, issuer is not None, False, False, False, issuer is None, False, False, False
            ),
            critical=True,
        )
        .sign(issuer_key or key, SHA256())
    )
    return key, built
