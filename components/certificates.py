"""A certificate that AWS issues, proves by DNS and renews by itself."""

import pulumi_aws as aws
from pulumi import Output

from .scope import Scope

_RECORD_TTL = 300


def issued_certificate(scope: Scope, *, domain: str, zone_id: str) -> Output[str]:
    """The ARN of a certificate for `domain`, known once the proof in the hosted zone is accepted.

    The record of the proof must stay: each renewal looks for it (AWS Certificate Manager User Guide, "DNS validation").
    """
    name = f"{scope.name}-certificate"
    certificate = aws.acm.Certificate(
        name,
        domain_name=domain,
        validation_method="DNS",
        tags=scope.tagged(name),
        opts=scope.replaceable(),
    )
    proof = certificate.domain_validation_options[0]
    record = aws.route53.Record(
        f"{name}-proof",
        zone_id=zone_id,
        name=proof.resource_record_name,
        type=proof.resource_record_type,
        records=[proof.resource_record_value],
        ttl=_RECORD_TTL,
        # ACM asks every certificate of an account and domain for the same record, so an older one's may be there.
        allow_overwrite=True,
        opts=scope.replaceable(),
    )
    validation = aws.acm.CertificateValidation(
        name, certificate_arn=certificate.arn, validation_record_fqdns=[record.fqdn], opts=scope.replaceable()
    )
    return validation.certificate_arn
