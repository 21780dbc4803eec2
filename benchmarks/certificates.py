"""A throw-away certificate authority and a certificate for localhost, made anew for every run."""

import datetime as dt
from pathlib import Path
from typing import NamedTuple

import botocore
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

_AUTHORITY = "benchmark authority"


class Certificates(NamedTuple):
    """Two PEM files.

    Attributes
    ----------
    server
        The stand-in's certificate and key.
    authorities
        botocore's own authorities and ours: to load them costs a client what it costs in Lambda.
    """

    server: Path
    authorities: Path


def make_certificates(folder: Path) -> Certificates:
    """Write both into a folder."""
    authority_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    may_sign = x509.KeyUsage(
        key_cert_sign=True,
        crl_sign=True,
        digital_signature=False,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )
    authority = (
        _builder(_AUTHORITY, authority_key.public_key(), authority_key.public_key())
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(may_sign, critical=True)
        .sign(authority_key, hashes.SHA256())
    )
    certificate = (
        _builder("localhost", key.public_key(), authority_key.public_key())
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(authority_key, hashes.SHA256())
    )
    made = Certificates(folder / "server.pem", folder / "authorities.pem")
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    made.server.write_bytes(certificate.public_bytes(serialization.Encoding.PEM) + private)
    known = (Path(botocore.__file__).parent / "cacert.pem").read_bytes()
    made.authorities.write_bytes(known + b"\n" + authority.public_bytes(serialization.Encoding.PEM))
    return made


def _builder(
    subject: str, key: ec.EllipticCurvePublicKey, authority: ec.EllipticCurvePublicKey
) -> x509.CertificateBuilder:
    """Begin a certificate; the identifiers of both keys are what Python's strict verification asks for."""
    now = dt.datetime.now(dt.UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(_name(subject))
        .issuer_name(_name(_AUTHORITY))
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(minutes=5))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(authority), critical=False)
    )


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, text)])
