"""The architecture's picture, drawn from what the engine deployed, never by hand.

Everything in it is a resource of the stack: take one away and it is gone from the picture. No ids appear, nor anything
that AWS chooses by itself (which zone a database stands in, how many instances run at the moment), so that two
deployments of the same program draw the same file.
"""

import html
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

PAGE = Path(__file__).parent.parent / "docs" / "architecture.svg"

ZONE_WIDTH, GAP, MARGIN, SIDE_WIDTH = 250, 20, 30, 290
VPC_TOP, ROWS_TOP = 132, 208
ROW_HEIGHT = {"public": 108, "private": 106, "isolated": 106}
COLOURS = {"public": "#e8f3ea", "private": "#e6eef8", "isolated": "#f3ecf7"}
INK = "#2b3a4a"


@dataclass(frozen=True)
class Stack:
    """The deployed resources of a stack."""

    name: str
    resources: Sequence[Mapping[str, Any]]
    """Each with its "urn", "type", "id" and "outputs", without components, providers and what is about to be deleted."""

    @classmethod
    def of(cls, name: str, resources: Iterable[Mapping[str, Any]]) -> "Stack":
        """From the resources of a checkpoint, or of the document that `pulumi stack export` prints."""
        drawn = [r for r in resources if r.get("custom") and not r.get("delete")]
        return cls(name, [r for r in drawn if not r["type"].startswith("pulumi:")])

    def all(self, type_: str) -> list[dict[str, Any]]:
        """Outputs of every resource of a type, with its logical name and id."""
        return [
            {**r.get("outputs", {}), "_name": r["urn"].split("::")[-1], "_id": r.get("id")}
            for r in self.resources
            if r["type"] == type_
        ]

    def one(self, type_: str) -> dict[str, Any] | None:
        return next(iter(self.all(type_)), None)

    @property
    def zones(self) -> list[str]:
        return sorted({subnet["availabilityZone"] for subnet in self.all("aws:ec2/subnet:Subnet")})

    @property
    def group(self) -> dict[str, Any] | None:
        """The Auto Scaling group that serves requests; a NAT instance has a group of its own, without targets."""
        groups = self.all("aws:autoscaling/group:Group")
        return next((group for group in groups if group.get("targetGroupArns")), None)


@dataclass
class _Drawing:
    parts: list[str] = field(default_factory=list)

    def box(self, x: float, y: float, w: float, h: float, fill: str, stroke: str = "#7a8794", dash: str = "") -> None:
        extra = f' stroke-dasharray="{dash}"' if dash else ""
        self.parts.append(
            f'<rect x="{x:g}" y="{y:g}" width="{w:g}" height="{h:g}" rx="6" fill="{fill}" stroke="{stroke}"{extra}/>'
        )

    def text(self, x: float, y: float, text: str, *, size: int = 13, bold: bool = False, middle: bool = False) -> None:
        weight = ' font-weight="600"' if bold else ""
        anchor = ' text-anchor="middle"' if middle else ""
        self.parts.append(f'<text x="{x:g}" y="{y:g}" font-size="{size}"{weight}{anchor}>{html.escape(text)}</text>')

    def tag(self, x: float, y: float, width: float, text: str, fill: str = "#ffffff") -> None:
        """A small box with a word in it."""
        self.box(x, y, width, 24, fill)
        self.text(x + width / 2, y + 16, text, size=12, middle=True)

    def band(self, x: float, y: float, width: float, fill: str, title: str, more: str = "") -> None:
        """A box across all zones with a title and a line below it."""
        self.box(x, y, width, 56 if more else 34, fill)
        self.text(x + width / 2, y + 22, title, bold=True, middle=True)
        if more:
            self.text(x + width / 2, y + 43, more, size=12, middle=True)

    def arrow(self, x: float, top: float, bottom: float, label: str, label_y: float) -> None:
        self.parts.append(
            f'<line x1="{x:g}" y1="{top:g}" x2="{x:g}" y2="{bottom:g}" stroke="{INK}" stroke-width="1.6" '
            'marker-end="url(#tip)"/>'
        )
        self.text(x + 8, label_y, label, size=12)


def draw(stack: Stack) -> str:
    """The picture as SVG."""
    zones = stack.zones
    inner = max(len(zones), 2) * (ZONE_WIDTH + GAP) - GAP
    rows, top = {}, ROWS_TOP
    for tier, height in ROW_HEIGHT.items():
        rows[tier] = top
        top += height + GAP
    d = _Drawing()
    d.text(MARGIN, 28, f"hotelaria, stack {stack.name}", size=17, bold=True)
    if vpc := stack.one("aws:ec2/vpc:Vpc"):
        d.box(MARGIN, VPC_TOP, inner + MARGIN * 2, top - VPC_TOP, "#ffffff", INK)
        d.text(MARGIN + 12, VPC_TOP + 24, f"VPC {vpc['cidrBlock']}", bold=True)
    for column, zone in enumerate(zones):
        x = MARGIN * 2 + column * (ZONE_WIDTH + GAP)
        d.text(x + ZONE_WIDTH / 2, ROWS_TOP - 12, zone, middle=True, bold=True)
        for tier, height in ROW_HEIGHT.items():
            _subnet(d, stack, zone, tier, x, rows[tier], height)
    left, width = MARGIN * 2 + 14, inner - 28
    _bands(d, stack, rows, left, width)
    # Down the middle, or in a middle zone's right half, where no subnet has its label.
    lane = MARGIN * 2 + inner / 2 + (ZONE_WIDTH * 0.3 if len(zones) % 2 else 0)
    _arrows(d, stack, rows, lane)
    _gateways(d, stack, lane, MARGIN * 2 + inner)
    side = _around(d, stack, MARGIN * 3 + inner + GAP, VPC_TOP)
    return _svg(stack.name, MARGIN * 4 + inner + GAP + SIDE_WIDTH, max(top, side) + MARGIN, d.parts)


def _svg(name: str, width: float, height: float, parts: Iterable[str]) -> str:
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:g} {height:g}" width="{width:g}" '
        f'height="{height:g}" font-family="system-ui, sans-serif" fill="#1c2733" role="img">\n'
        f"<title>The architecture of stack {html.escape(name)}, drawn from its deployed resources</title>\n"
        '<defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="6" markerHeight="6" orient="auto">'
        f'<path d="M0 0L8 4L0 8z" fill="{INK}"/></marker></defs>\n'
        f'<rect width="{width:g}" height="{height:g}" fill="#fbfbf9"/>\n' + "\n".join(parts) + "\n</svg>\n"
    )


def _subnet(d: _Drawing, stack: Stack, zone: str, tier: str, x: float, y: float, height: float) -> None:
    for subnet in stack.all("aws:ec2/subnet:Subnet"):
        if subnet["availabilityZone"] == zone and f"-{tier}-" in subnet["_name"]:
            d.box(x, y, ZONE_WIDTH, height, COLOURS[tier])
            d.text(x + 14, y + 20, f"{tier}  {subnet['cidrBlock']}", size=12)
            for type_, what in (
                ("aws:ec2/natGateway:NatGateway", "NAT gateway"),
                ("aws:ec2/networkInterface:NetworkInterface", "NAT instance"),
            ):
                if any(nat.get("subnetId") == subnet["_id"] for nat in stack.all(type_)):
                    d.tag(x + 14, y + height - 32, 112, what)


def _bands(d: _Drawing, stack: Stack, rows: Mapping[str, float], x: float, width: float) -> None:
    """What spans the zones: balancer, instances, database."""
    if stack.one("aws:lb/loadBalancer:LoadBalancer"):
        firewall = " behind a web application firewall" if stack.one("aws:wafv2/webAcl:WebAcl") else ""
        d.band(x, rows["public"] + 32, width, "#d3ead8", f"Application Load Balancer{firewall}")
    if group := stack.group:
        title = f"Auto Scaling group: {group['minSize']:g} to {group['maxSize']:g} × {_instance_type(stack, group)}"
        d.band(x, rows["private"] + 36, width, "#cfdff2", title, ", ".join(_follows(stack)) or "fixed size")
    if database := stack.one("aws:rds/instance:Instance"):
        title = f"PostgreSQL {database['engineVersion'].split('.')[0]} on RDS: {database['instanceClass']}"
        d.band(x, rows["isolated"] + 36, width, "#e3d3ee", title, ", ".join(_promises(database)))


def _instance_type(stack: Stack, group: Mapping[str, Any]) -> str:
    mixed = (group.get("mixedInstancesPolicy") or {}).get("launchTemplate") or {}
    overridden = [o["instanceType"] for o in mixed.get("overrides") or () if o.get("instanceType")]
    if overridden:
        return " or ".join(overridden)
    id_ = (group.get("launchTemplate") or {}).get("id") or (mixed.get("launchTemplateSpecification") or {}).get(
        "launchTemplateId"
    )
    templates = stack.all("aws:ec2/launchTemplate:LaunchTemplate")
    return next((str(template["instanceType"]) for template in templates if template["_id"] == id_), "instance")


def _follows(stack: Stack) -> Iterator[str]:
    metrics = {"ALBRequestCountPerTarget": "requests per target", "ASGAverageCPUUtilization": "CPU"}
    kinds = [
        ((policy.get("targetTrackingConfiguration") or {}).get("predefinedMetricSpecification") or {}).get(
            "predefinedMetricType", policy["_name"]
        )
        for policy in stack.all("aws:autoscaling/policy:Policy")
    ]
    if kinds:
        yield "follows " + " and ".join(sorted(metrics.get(kind, kind) for kind in kinds))
    if count := len(stack.all("aws:autoscaling/schedule:Schedule")):
        yield _counted(count, "scheduled action", "scheduled actions")


def _promises(database: Mapping[str, Any]) -> Iterator[str]:
    yield "standby in a second zone" if database.get("multiAz") else "in one of these zones"
    yield "encrypted" if database.get("storageEncrypted") else "not encrypted"
    yield f"backups kept {_counted(int(database.get('backupRetentionPeriod') or 0), 'day', 'days')}"


def _gateways(d: _Drawing, stack: Stack, lane: float, right: float) -> None:
    """The VPC's own ways in and out; requests come through the internet gateway."""
    if stack.one("aws:ec2/internetGateway:InternetGateway"):
        d.tag(lane - 75, VPC_TOP - 12, 150, "internet gateway")
    if stack.one("aws:ec2/egressOnlyInternetGateway:EgressOnlyInternetGateway"):
        d.tag(right - 150, VPC_TOP - 12, 150, "egress-only gateway")
    if any(not nat.get("subnetId") for nat in stack.all("aws:ec2/natGateway:NatGateway")):
        d.tag(right - 150, VPC_TOP + 20, 150, "regional NAT gateway")


def _arrows(d: _Drawing, stack: Stack, rows: Mapping[str, float], lane: float) -> None:
    """From whom to whom requests go."""
    ports = sorted(int(listener["port"]) for listener in stack.all("aws:lb/listener:Listener"))
    if ports:
        aliases = [r["name"] for r in stack.all("aws:route53/record:Record") if r.get("aliases")]
        scheme = "https" if 443 in ports else "http"
        door = f"{scheme}://{min(aliases)}" if aliases else f"{scheme}, port {ports[-1]}"
        redirect = "; port 80 redirects" if ports == [80, 443] else ""
        d.tag(lane - 120, 44, 240, "the hotel's administrator", "#fff4d6")
        d.arrow(lane, 68, rows["public"] + 31, door + redirect, 98)
    targets = stack.one("aws:lb/targetGroup:TargetGroup")
    if targets and ports and stack.group:
        label = f"{targets['protocol']} {targets['port']:g}"
        d.arrow(lane, rows["public"] + 66, rows["private"] + 35, label, rows["private"] - 6)
    database = stack.one("aws:rds/instance:Instance")
    if database and stack.group and _admitted(stack, database):
        label = f"{database['port']:g}, in the client group"
        d.arrow(lane, rows["private"] + 92, rows["isolated"] + 35, label, rows["isolated"] - 6)


def _admitted(stack: Stack, database: Mapping[str, Any]) -> bool:
    """Whether the database lets in who wears a security group."""
    return any(
        rule["securityGroupId"] in database["vpcSecurityGroupIds"] and rule.get("referencedSecurityGroupId")
        for rule in stack.all("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule")
    )


AROUND = (
    ("aws:acm/certificate:Certificate", "certificate", "certificates"),
    ("aws:s3/bucket:Bucket", "bucket", "buckets"),
    ("aws:kms/key:Key", "encryption key", "encryption keys"),
    ("aws:cloudwatch/logGroup:LogGroup", "log group", "log groups"),
    ("aws:ec2/flowLog:FlowLog", "flow log", "flow logs"),
    ("aws:cloudwatch/metricAlarm:MetricAlarm", "alarm", "alarms"),
    ("aws:iam/role:Role", "role", "roles"),
    ("aws:ec2/securityGroup:SecurityGroup", "security group", "security groups"),
    ("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule", "rule in", "rules in"),
    ("aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule", "rule out", "rules out"),
)


def _around(d: _Drawing, stack: Stack, x: float, y: float) -> float:
    """What has no place in a subnet; returns where its box ends."""
    lines = [_counted(count, one, many) for type_, one, many in AROUND if (count := len(stack.all(type_)))]
    if (stack.one("aws:rds/instance:Instance") or {}).get("manageMasterUserPassword"):
        lines.append("master password: Secrets Manager only")
    endpoints = [e["serviceName"].rsplit(".", 1)[-1] for e in stack.all("aws:ec2/vpcEndpoint:VpcEndpoint")]
    if endpoints:
        lines.append(_counted(len(endpoints), "endpoint", "endpoints") + f": {', '.join(sorted(endpoints))}")
    lines.append(_counted(len(stack.resources), "resource in all", "resources in all"))
    height = 44 + 22 * len(lines)
    d.box(x, y, SIDE_WIDTH, height, "#ffffff", dash="5 4")
    d.text(x + 14, y + 24, "Around it", bold=True)
    for row, line in enumerate(lines):
        d.text(x + 14, y + 50 + 22 * row, line)
    return y + height


def _counted(count: int, one: str, many: str) -> str:
    return f"{count} {one if count == 1 else many}"


def write(stack: Stack) -> None:
    """Draw the picture into docs/."""
    PAGE.write_text(draw(stack), encoding="utf-8")
    print(f"wrote {PAGE.relative_to(PAGE.parent.parent)}")
