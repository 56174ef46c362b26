"""Samples for Certificate Manager."""

from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

from sandbox.provider.schema import Values
from tests.sandbox.harness import Bench


def self_signed(domain: str) -> tuple[str, str]:
    """(certificate, private key) in PEM."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, domain)])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now)
        .not_valid_after(now + timedelta(days=90))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(domain)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    return (
        certificate.public_bytes(serialization.Encoding.PEM).decode(),
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
        ).decode(),
    )


def certificate(bench: Bench) -> list[Values]:
    body, key = self_signed("hotel.example")
    chain, _ = self_signed("authority.example")
    return [
        {
            "domainName": "hotel.example",
            "keyAlgorithm": "EC_prime256v1",
            "options": {"certificateTransparencyLoggingPreference": "DISABLED"},
            "subjectAlternativeNames": ["*.hotel.example"],
            "validationMethod": "DNS",
            "tags": {"Name": "hotel"},
        },
        {"certificateBody": body, "certificateChain": chain, "privateKey": key},
    ]


def issued(bench: Bench) -> tuple[str, str]:
    """(ARN, name of its validation record) of a certificate whose record stands in a zone."""
    zone = bench.make("aws:route53/zone:Zone", name="hotel.example").id
    made = bench.make("aws:acm/certificate:Certificate", domainName="hotel.example", validationMethod="DNS")
    [proof] = made["domainValidationOptions"]
    record = bench.make(
        "aws:route53/record:Record",
        zoneId=zone,
        name=proof["resourceRecordName"],
        type=proof["resourceRecordType"],
        records=[proof["resourceRecordValue"]],
        ttl=60,
    )
    return made.id, record["fqdn"]


def certificate_validation(bench: Bench) -> list[Values]:
    arn, record = issued(bench)
    return [{"certificateArn": arn, "validationRecordFqdns": [record]}]


SAMPLES = {
    "aws:acm/certificate:Certificate": certificate,
    "aws:acm/certificateValidation:CertificateValidation": certificate_validation,
}
