"""Certificate Manager as AWS answers where moto 5.2.5 does not.

moto issues every certificate by the clock, without the DNS record that proves the domain; forgets the key algorithm;
deletes a certificate in use; shuffles the names; and cannot change a certificate's options.
"""

import hashlib
from typing import Any

from moto.acm import models, urls
from moto.acm.models import AWSCertificateManagerBackend, CertBundle, acm_backends
from moto.acm.responses import AWSCertificateManagerResponse
from moto.core.exceptions import AWSError
from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.core.responses import ActionResult, EmptyResult
from moto.core.utils import utcnow
from moto.elbv2.models import elbv2_backends
from moto.route53.models import route53_backends


def install() -> None:
    """Make moto answer certificate requests with this module."""
    acm_backends.backend = Backend
    urls.url_paths = {"{0}/$": Response.dispatch}
    models.CertBundle = Certificate  # type: ignore[misc]


class Certificate(CertBundle):
    """A certificate that is issued when every one of its names is proved by its record in a public hosted zone."""

    names: tuple[str, ...] = ()
    """The domain name and the alternative names, in the order of the request; () where the certificate is imported."""
    key_algorithm: str | None = None
    issued_at: float | None = None

    def check(self) -> None:
        if self.status != "PENDING_VALIDATION":
            super().check()
        elif all(proved(name) for name in self.names):
            self.status = "ISSUED"
            self.issued_at = models.datetime_to_epoch(utcnow())

    def describe(self) -> dict[str, Any]:
        description = super().describe()
        certificate = description["Certificate"]
        certificate["InUseBy"] = users(self.arn)
        if self.type == "AMAZON_ISSUED":
            certificate["SubjectAlternativeNames"] = list(self.names)
            certificate["KeyAlgorithm"] = self.key_algorithm or certificate["KeyAlgorithm"]
            certificate["DomainValidationOptions"] = [
                {
                    "DomainName": name,
                    "ValidationDomain": name,
                    "ValidationStatus": "SUCCESS" if self.status == "ISSUED" else self.status,
                    "ValidationMethod": "DNS",
                    "ResourceRecord": proof(name),
                }
                for name in self.names
            ]
            certificate["RenewalEligibility"] = "ELIGIBLE" if certificate["InUseBy"] else "INELIGIBLE"
            del certificate["IssuedAt"]
            if self.issued_at:
                certificate["IssuedAt"] = self.issued_at
        return description


def proof(name: str) -> dict[str, str]:
    """The record that proves a name, the same for all certificates of the name and its wildcard.

    AWS keeps it so ("DNS validation", ACM user guide).
    """
    domain = name.removeprefix("*.")
    digest = hashlib.sha256(domain.encode()).hexdigest()
    return {
        "Name": f"_{digest[:32]}.{domain}.",
        "Type": "CNAME",
        "Value": f"_{digest[32:]}.sandbox.acm-validations.aws.",
    }


def proved(name: str) -> bool:
    """Whether the record that proves a name stands in a public hosted zone of the account."""
    record = proof(name)
    zones = route53_backends[DEFAULT_ACCOUNT_ID]["aws"].zones.values()
    return any(
        found.type == "CNAME"
        and found.name.rstrip(".") == record["Name"].rstrip(".")
        and [value.rstrip(".") for value in found.records] == [record["Value"].rstrip(".")]
        for zone in zones
        if not zone.private_zone
        for found in zone.rrsets
    )


def users(arn: str) -> list[str]:
    """The load balancers that present a certificate."""
    region = arn.split(":")[3]
    return [
        balancer.arn
        for balancer in elbv2_backends[DEFAULT_ACCOUNT_ID][region].load_balancers.values()
        if any(arn in listener.certificates for listener in balancer.listeners.values())
    ]


class Backend(AWSCertificateManagerBackend):
    """An account's certificates in one region."""

    _url_module = urls

    def delete_certificate(self, arn: str) -> None:
        if users(arn):
            raise AWSError(
                f"Certificate {arn} in account {self.account_id} is in use.",
                exception_type="ResourceInUseException",
            )
        super().delete_certificate(arn)


class Response(AWSCertificateManagerResponse):
    """Certificate Manager's actions."""

    def request_certificate(self) -> ActionResult:
        answer = super().request_certificate()
        answered: Any = answer.result
        certificate: Any = self.acm_backend._certificates[answered["CertificateArn"]]
        names = [self._get_param("DomainName"), *(self._get_param("SubjectAlternativeNames") or [])]
        certificate.names = tuple(dict.fromkeys(names))
        certificate.key_algorithm = self._get_param("KeyAlgorithm")
        return answer

    def update_certificate_options(self) -> ActionResult:
        certificate: Any = self.acm_backend.get_certificate(self._get_param("CertificateArn"))
        certificate.cert_options.update(self._get_param("Options"))
        return EmptyResult()
