"""Certificate Manager: certificates and the wait for their validation."""

import uuid
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, ClassVar

from sandbox.provider.account import Account, found, wait_for
from sandbox.provider.aws import tags
from sandbox.provider.schema import (
    BOOL,
    UNKNOWN,
    Block,
    Function,
    Many,
    Map,
    Prop,
    Resource,
    Values,
    from_api,
    known_items,
    to_api,
)
from sandbox.provider.server import RefusedError

ISSUE_SECONDS = 60
"""How long to wait for a certificate. AWS may take half an hour, for which the provider waits 75 minutes; here a record
counts at once, so after a minute none is coming."""


class Certificate(Resource):
    token = "aws:acm/certificate:Certificate"
    tagged = True
    api = ("acm", "RequestCertificate")
    props: ClassVar[Mapping[str, Prop]] = {
        "certificateBody": Prop(api=None, conflicts=("domainName", "validationMethod")),
        "certificateChain": Prop(
            api=None,
            conflicts=("domainName", "validationMethod"),
            kept="moto 5.2.5 adds a certificate of its own to the chain",
        ),
        "domainName": Prop(replace=True, computed=True, conflicts=("certificateBody", "privateKey")),
        "keyAlgorithm": Prop(replace=True, computed=True, conflicts=("certificateBody", "privateKey")),
        "options": Prop(
            kind=Block({"certificateTransparencyLoggingPreference": Prop(default="ENABLED")}),
            computed=True,
            conflicts=("certificateBody", "privateKey"),
        ),
        "privateKey": Prop(
            api=None,
            secret=True,
            conflicts=("domainName", "validationMethod"),
            kept="Certificate Manager never shows the private key of a certificate",
        ),
        "subjectAlternativeNames": Prop(
            kind=Many(), replace=True, computed=True, conflicts=("certificateBody", "privateKey")
        ),
        "validationMethod": Prop(replace=True, computed=True, conflicts=("certificateBody", "privateKey")),
    }
    outputs = (
        "arn",
        "domainValidationOptions",
        "notAfter",
        "notBefore",
        "pendingRenewal",
        "renewalEligibility",
        "renewalSummaries",
        "status",
        "type",
        "validationEmails",
    )

    def check(self, values: Values) -> Iterable[tuple[str, str]]:
        if ("domainName" in values) == ("privateKey" in values):
            yield "domainName", "a certificate is requested or imported: give exactly one of domainName and privateKey"
        if "domainName" in values and values.get("validationMethod") not in ("DNS", UNKNOWN):
            yield (
                "validationMethod",
                f"the sandbox validates by DNS alone, got {values.get('validationMethod')!r}: set validationMethod to DNS",
            )
        if "privateKey" in values and "certificateBody" not in values:
            yield "certificateBody", "an imported certificate needs certificateBody"
        for name in (values.get("domainName"), *known_items(values.get("subjectAlternativeNames"))):
            if isinstance(name, str) and name.endswith("."):
                yield "domainName", f"names in a certificate have no final dot, got {name!r}"

    def overlooked(self, old: Values, new: Values) -> Iterable[str]:
        """The domain name is one of the alternative names, whether the program repeats it or not."""
        names = new.get("subjectAlternativeNames")
        if names is None or names is UNKNOWN or UNKNOWN in names:
            return ()
        same = {*names, new.get("domainName")} == {*(old.get("subjectAlternativeNames") or ()), new.get("domainName")}
        return ("subjectAlternativeNames",) if same else ()

    def create(self, account: Account, values: Values) -> str:
        given = {"Tags": tags.as_list(values["tagsAll"])} if values.get("tagsAll") else {}
        if "privateKey" in values:
            return str(account.acm.import_certificate(**self._imported(values), **given)["CertificateArn"])
        return str(
            account.acm.request_certificate(**to_api(self.props, values), IdempotencyToken=uuid.uuid4().hex, **given)[
                "CertificateArn"
            ]
        )

    def _imported(self, values: Values) -> dict[str, Any]:
        parts = {
            "Certificate": values.get("certificateBody"),
            "PrivateKey": values["privateKey"],
            "CertificateChain": values.get("certificateChain"),
        }
        return {name: part.encode() for name, part in parts.items() if part}

    def read(self, account: Account, id_: str, values: Values) -> Values | None:
        answer = found(lambda: account.acm.describe_certificate(CertificateArn=id_))
        if answer is None or answer["Certificate"]["Status"] == "VALIDATION_TIMED_OUT":
            return None
        certificate = answer["Certificate"]
        proofs = certificate.get("DomainValidationOptions", ())
        imported = certificate["Type"] == "IMPORTED"
        body = account.acm.get_certificate(CertificateArn=id_) if imported else {}
        return {
            **from_api(self.props, certificate),
            "certificateBody": same_text(body.get("Certificate"), values.get("certificateBody")),
            "validationMethod": proofs[0]["ValidationMethod"] if proofs else "NONE",
            "arn": id_,
            "domainValidationOptions": [
                {
                    "domainName": proof["DomainName"],
                    "resourceRecordName": proof["ResourceRecord"]["Name"],
                    "resourceRecordType": proof["ResourceRecord"]["Type"],
                    "resourceRecordValue": proof["ResourceRecord"]["Value"],
                }
                for proof in proofs
            ],
            "notAfter": moment(certificate.get("NotAfter")),
            "notBefore": moment(certificate.get("NotBefore")),
            "pendingRenewal": False,
            "renewalEligibility": certificate["RenewalEligibility"],
            "renewalSummaries": [],
            "status": certificate["Status"],
            "type": certificate["Type"],
            "validationEmails": [],
            "tagsAll": tags.as_map(account.acm.list_tags_for_certificate(CertificateArn=id_).get("Tags")),
        }

    def update(self, account: Account, id_: str, old: Values, new: Values, changed: set[str]) -> None:
        if changed & {"certificateBody", "certificateChain", "privateKey"}:
            account.acm.import_certificate(CertificateArn=id_, **self._imported(new))
        if "options" in changed:
            account.acm.update_certificate_options(
                CertificateArn=id_, Options=to_api(self.props, new, ["options"])["Options"]
            )
        tags.bring(
            old,
            new,
            lambda added: account.acm.add_tags_to_certificate(CertificateArn=id_, Tags=tags.as_list(added)),
            lambda keys: account.acm.remove_tags_from_certificate(
                CertificateArn=id_, Tags=[{"Key": key} for key in keys]
            ),
        )

    def delete(self, account: Account, id_: str, values: Values) -> None:
        account.acm.delete_certificate(CertificateArn=id_)


def same_text(seen: str | None, written: str | None) -> str | None:
    """The program's text of a certificate where it differs from AWS's in outer white space only."""
    return written if seen and written and seen.strip() == written.strip() else seen


def moment(value: datetime | None) -> str:
    """A time as the provider writes it, RFC 3339 in UTC; "" for none."""
    return f"{value:%Y-%m-%dT%H:%M:%SZ}" if value else ""


class CertificateValidation(Resource):
    """The wait until a certificate is issued; the id is the moment at which it was."""

    token = "aws:acm/certificateValidation:CertificateValidation"
    adopted = True
    props: ClassVar[Mapping[str, Prop]] = {
        "certificateArn": Prop(required=True, replace=True),
        "validationRecordFqdns": Prop(
            kind=Many(), replace=True, kept="Certificate Manager is not told which records the program waits for"
        ),
    }

    def create(self, account: Account, values: Values) -> str:
        arn = values["certificateArn"]
        certificate = describe(account, arn)
        if certificate["Type"] != "AMAZON_ISSUED":
            raise RefusedError(f"{arn} has type {certificate['Type']}: no validation necessary")
        named = {name.rstrip(".") for name in values.get("validationRecordFqdns") or ()}
        proofs = {p["DomainName"]: p["ResourceRecord"] for p in certificate["DomainValidationOptions"]}
        for domain, record in proofs.items() if named else ():
            if record["Name"].rstrip(".") not in named:
                raise RefusedError(f"missing {domain} DNS validation record: {record['Name'].rstrip('.')}")
        wanted = "; ".join(sorted({f"{r['Name']} {r['Type']} {r['Value']}" for r in proofs.values()}))
        issued = wait_for(
            lambda: describe(account, arn) if describe(account, arn)["Status"] != "PENDING_VALIDATION" else None,
            f"certificate {arn} to be issued: its validation records must stand in public hosted zones ({wanted})",
            ISSUE_SECONDS,
        )
        if issued["Status"] != "ISSUED":
            raise RefusedError(f"certificate {arn} was not issued: it is {issued['Status']}")
        return moment(issued["IssuedAt"])

    def read(self, account: Account, id_: str, values: Values) -> Values | None:
        """A wait cannot be imported: its id says nothing about the certificate."""
        arn = values.get("certificateArn")
        certificate = found(lambda: describe(account, arn)) if arn else None
        return {"certificateArn": arn} if certificate and certificate["Status"] == "ISSUED" else None

    def delete(self, account: Account, id_: str, values: Values) -> None:
        """Nothing: there is only the certificate, which is a resource of its own."""


def describe(account: Account, arn: str) -> dict[str, Any]:
    return dict(account.acm.describe_certificate(CertificateArn=arn)["Certificate"])


def get_certificate(account: Account, args: Values) -> Values:
    """The one certificate for that domain, or the newest of several with `mostRecent`."""
    statuses = args.get("statuses") or ["ISSUED"]
    candidates = [
        describe(account, summary["CertificateArn"])
        for summary in account.pages("acm", "list_certificates", "CertificateSummaryList", CertificateStatuses=statuses)
        if args.get("domain") in (None, summary["DomainName"])
    ]
    matching = [c for c in candidates if _fits(account, c, args)]
    if not matching or (len(matching) > 1 and not args.get("mostRecent")):
        what = f"{len(matching)} ACM certificates" if matching else "no ACM certificate"
        raise RefusedError(f"{what} matching domain {args.get('domain')!r} with status {', '.join(statuses)}")
    newest = max(matching, key=lambda c: c["NotBefore"])
    body = account.acm.get_certificate(CertificateArn=newest["CertificateArn"]) if newest["Status"] == "ISSUED" else {}
    return {
        "id": newest["CertificateArn"],
        "arn": newest["CertificateArn"],
        "certificate": body.get("Certificate", ""),
        "certificateChain": body.get("CertificateChain", ""),
        "domain": newest["DomainName"],
        "status": newest["Status"],
        "tags": _tags(account, newest["CertificateArn"]),
    }


def _fits(account: Account, certificate: Mapping[str, Any], args: Values) -> bool:
    wanted = (args.get("tags") or {}).items()
    return (
        certificate["Type"] in (args.get("types") or [certificate["Type"]])
        and certificate["KeyAlgorithm"] in (args.get("keyTypes") or [certificate["KeyAlgorithm"]])
        and (not wanted or wanted <= _tags(account, certificate["CertificateArn"]).items())
    )


def _tags(account: Account, arn: str) -> dict[str, str]:
    return tags.as_map(account.acm.list_tags_for_certificate(CertificateArn=arn).get("Tags"))


TYPES = (Certificate(), CertificateValidation())
FUNCTIONS = (
    Function(
        "aws:acm/getCertificate:getCertificate",
        {
            "domain": Prop(),
            "keyTypes": Prop(kind=Many()),
            "mostRecent": Prop(kind=BOOL),
            "statuses": Prop(kind=Many()),
            "tags": Prop(kind=Map()),
            "types": Prop(kind=Many()),
        },
        get_certificate,
    ),
)
