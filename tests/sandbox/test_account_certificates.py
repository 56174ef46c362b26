"""Certificate Manager of the account: a certificate is issued when DNS proves its names, and held while in use."""

from typing import Any

from tests.sandbox.aws import make_network, refusal
from tests.sandbox.conftest import ZONE_NAME, Account


def issue_certificate(account: Account, domain: str) -> str:
    """Request a certificate and prove its name."""
    acm = account.client("acm")
    arn = str(acm.request_certificate(DomainName=domain, ValidationMethod="DNS")["CertificateArn"])
    prove(account, records(acm, arn))
    assert acm.describe_certificate(CertificateArn=arn)["Certificate"]["Status"] == "ISSUED"
    return arn


def records(acm: Any, arn: str) -> dict[str, dict[str, str]]:
    options = acm.describe_certificate(CertificateArn=arn)["Certificate"]["DomainValidationOptions"]
    return {option["DomainName"]: option["ResourceRecord"] for option in options}


def prove(account: Account, named: dict[str, dict[str, str]], value: str | None = None) -> None:
    """Write the records into the account's zone, with another value where one is given."""
    route53 = account.client("route53")
    [zone] = route53.list_hosted_zones()["HostedZones"]
    for record in named.values():
        content = {
            "Name": record["Name"],
            "Type": record["Type"],
            "TTL": 60,
            "ResourceRecords": [{"Value": value or record["Value"]}],
        }
        route53.change_resource_record_sets(
            HostedZoneId=zone["Id"],
            ChangeBatch={"Changes": [{"Action": "UPSERT", "ResourceRecordSet": content}]},
        )


def test_certificate_is_issued_only_when_every_name_is_proved(account: Account) -> None:
    acm = account.client("acm")
    names = [ZONE_NAME, f"www.{ZONE_NAME}"]
    arn = acm.request_certificate(DomainName=names[0], SubjectAlternativeNames=names[1:], ValidationMethod="DNS")[
        "CertificateArn"
    ]

    def status() -> str:
        return str(acm.describe_certificate(CertificateArn=arn)["Certificate"]["Status"])

    needed = records(acm, arn)
    assert list(needed) == names
    assert status() == "PENDING_VALIDATION"
    prove(account, {names[0]: needed[names[0]]})
    assert status() == "PENDING_VALIDATION"
    prove(account, {names[1]: needed[names[1]]}, value="_wrong.acm-validations.aws.")
    assert status() == "PENDING_VALIDATION"
    prove(account, {names[1]: needed[names[1]]})
    assert status() == "ISSUED"
    described = acm.describe_certificate(CertificateArn=arn)["Certificate"]
    assert {option["ValidationStatus"] for option in described["DomainValidationOptions"]} == {"SUCCESS"}
    assert described["IssuedAt"] >= described["CreatedAt"]


def test_wildcard_and_second_certificate_of_a_name_share_its_record(account: Account) -> None:
    acm = account.client("acm")
    first, second = (
        acm.request_certificate(
            DomainName=ZONE_NAME, SubjectAlternativeNames=[f"*.{ZONE_NAME}"], IdempotencyToken=token
        )["CertificateArn"]
        for token in ("one", "two")
    )
    assert first != second
    shared = records(acm, first)
    assert shared[ZONE_NAME] == shared[f"*.{ZONE_NAME}"]
    assert records(acm, second) == shared
    other = acm.request_certificate(DomainName=f"www.{ZONE_NAME}", IdempotencyToken="three")["CertificateArn"]
    assert records(acm, other)[f"www.{ZONE_NAME}"] != shared[ZONE_NAME]


def test_names_keep_their_order_and_the_key_its_algorithm(account: Account) -> None:
    acm = account.client("acm")
    names = [f"{letter}.{ZONE_NAME}" for letter in "dbca"]
    arn = acm.request_certificate(
        DomainName=names[0], SubjectAlternativeNames=names, KeyAlgorithm="EC_prime256v1", ValidationMethod="DNS"
    )["CertificateArn"]
    described = acm.describe_certificate(CertificateArn=arn)["Certificate"]
    assert described["SubjectAlternativeNames"] == names
    assert described["KeyAlgorithm"] == "EC_prime256v1"


def test_certificate_in_use_stays_until_its_listener_goes(account: Account) -> None:
    acm, elbv2 = account.client("acm"), account.client("elbv2")
    arn = issue_certificate(account, ZONE_NAME)
    balancer = elbv2.create_load_balancer(Name="web", Subnets=make_network(account).subnet_ids)["LoadBalancers"][0]
    balancer_arn = balancer["LoadBalancerArn"]
    [listener] = elbv2.create_listener(
        LoadBalancerArn=balancer_arn,
        Protocol="HTTPS",
        Port=443,
        Certificates=[{"CertificateArn": arn}],
        DefaultActions=[{"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "200"}}],
    )["Listeners"]
    assert acm.describe_certificate(CertificateArn=arn)["Certificate"]["InUseBy"] == [balancer_arn]
    assert refusal(acm.delete_certificate, CertificateArn=arn)[0] == "ResourceInUseException"
    elbv2.delete_listener(ListenerArn=listener["ListenerArn"])
    assert acm.describe_certificate(CertificateArn=arn)["Certificate"]["InUseBy"] == []
    acm.delete_certificate(CertificateArn=arn)
