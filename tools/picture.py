"""The architecture's picture, drawn from what the engine deployed (`pulumi stack export`), never by hand.

Everything in it is a resource of the stack: take one away and it is gone from the picture. No ids appear, so that
two deployments of the same program draw the same file.
"""

import html
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

ZONE_WIDTH, GAP, MARGIN, SIDE_WIDTH = 250, 20, 30, 290
ROW_HEIGHT = {"public": 96, "private": 128, "isolated": 112}
COLOURS = {"public": "#e8f3ea", "private": "#e6eef8", "isolated": "#f3ecf7"}


@dataclass(frozen=True)
class Stack:
    """The deployed resources: type, name and outputs of each."""

    name: str
    resources: Sequence[Mapping[str, Any]]

    @classmethod
    def of(cls, export: Mapping[str, Any], name: str) -> "Stack":
        """From the document that `pulumi stack export` prints."""
        return cls(name, [r for r in export["deployment"]["resources"] if r.get("custom")])

    def all(self, type_: str) -> list[dict[str, Any]]:
        """Outputs of every resource of a type, with its logical name and id."""
        return [
            {**r.get("outputs", {}), "_name": r["urn"].split("::")[-1], "_id": r.get("id")}
            for r in self.resources
            if r["type"] == type_
        ]

    def one(self, type_: str) -> dict[str, Any] | None:
        return next(iter(self.all(type_)), None)


@dataclass
class _Drawing:
    parts: list[str] = field(default_factory=list)

    def box(self, x: float, y: float, w: float, h: float, fill: str, stroke: str = "#7a8794", dash: str = "") -> None:
        extra = f' stroke-dasharray="{dash}"' if dash else ""
        self.parts.append(
            f'<rect x="{x}" y="{y}" width="{w}" height="{h}" rx="6" fill="{fill}" stroke="{stroke}"{extra}/>'
        )

    def text(self, x: float, y: float, text: str, *, size: int = 13, bold: bool = False, middle: bool = False) -> None:
        weight = ' font-weight="600"' if bold else ""
        anchor = ' text-anchor="middle"' if middle else ""
        self.parts.append(f'<text x="{x}" y="{y}" font-size="{size}"{weight}{anchor}>{html.escape(text)}</text>')

    def arrow(self, x1: float, y1: float, x2: float, y2: float, label: str = "") -> None:
        self.parts.append(
            f'<line x1="{x1}" y1="{y1}" x2="{x2}" y2="{y2}" stroke="#2b3a4a" stroke-width="1.6" marker-end="url(#tip)"/>'
        )
        if label:
            self.text((x1 + x2) / 2 + 8, (y1 + y2) / 2 + 4, label, size=12)


def draw(stack: Stack) -> str:
    """The picture as SVG."""
    zones = sorted({s["availabilityZone"] for s in stack.all("aws:ec2/subnet:Subnet")})
    inner = len(zones) * ZONE_WIDTH + (len(zones) - 1) * GAP
    width = MARGIN * 4 + inner + SIDE_WIDTH
    d = _Drawing()
    vpc_top = 150
    rows = {
        tier: sum(h + GAP for t, h in ROW_HEIGHT.items() if list(ROW_HEIGHT).index(t) < i)
        for i, tier in enumerate(ROW_HEIGHT)
    }
    vpc_height = sum(ROW_HEIGHT.values()) + GAP * 2 + 96
    middle = MARGIN * 2 + inner / 2

    d.text(MARGIN, 28, f"hotelaria, stack {stack.name}", size=17, bold=True)
    _entry(d, stack, middle)
    vpc = stack.one("aws:ec2/vpc:Vpc") or {}
    d.box(MARGIN, vpc_top, inner + MARGIN * 2, vpc_height, "#ffffff", "#2b3a4a")
    d.text(MARGIN + 12, vpc_top + 22, f"VPC {vpc.get('cidrBlock', '')}", bold=True)

    top = vpc_top + 70
    for column, zone in enumerate(zones):
        x = MARGIN * 2 + column * (ZONE_WIDTH + GAP)
        d.text(x + ZONE_WIDTH / 2, top - 14, zone, middle=True, bold=True)
        for tier, height in ROW_HEIGHT.items():
            _subnet(d, stack, zone, tier, x, top + rows[tier], height)
    left = MARGIN * 2 + 14
    band = inner - 28
    _balancer(d, stack, left, top + rows["public"] + 30, band)
    _instances(d, stack, left, top + rows["private"] + 30, band)
    _database(d, stack, left, top + rows["isolated"] + 30, band)
    d.arrow(middle, top + rows["public"] + 60, middle, top + rows["private"] + 29)
    d.arrow(middle, top + rows["private"] + 90, middle, top + rows["isolated"] + 29, "5432, only with the client group")
    _around(d, stack, MARGIN * 3 + inner + GAP, vpc_top)

    height = vpc_top + vpc_height + MARGIN
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
        'font-family="system-ui, sans-serif" fill="#1c2733" role="img">\n'
        f"<title>The architecture of stack {html.escape(stack.name)}, drawn from its deployed resources</title>\n"
        '<defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" markerHeight="8" orient="auto">'
        '<path d="M0 0L8 4L0 8z" fill="#2b3a4a"/></marker></defs>\n'
        f'<rect width="{width}" height="{height}" fill="#fbfbf9"/>\n' + "\n".join(d.parts) + "\n</svg>\n"
    )


def _entry(d: _Drawing, stack: Stack, middle: float) -> None:
    """Who comes in, and through which door."""
    alias = next((r for r in stack.all("aws:route53/record:Record") if r.get("aliases")), None)
    ports = sorted(int(li["port"]) for li in stack.all("aws:lb/listener:Listener"))
    door = f"https://{alias['name']}" if alias else ("https" if 443 in ports else "http")
    d.box(middle - 150, 44, 300, 34, "#fff4d6")
    d.text(middle, 66, "the hotel's administrator", middle=True)
    d.arrow(middle, 78, middle, 249, door + (" (80 redirects)" if ports == [80, 443] else ""))


def _subnet(d: _Drawing, stack: Stack, zone: str, tier: str, x: float, y: float, height: float) -> None:
    subnet = next(
        s for s in stack.all("aws:ec2/subnet:Subnet") if s["availabilityZone"] == zone and f"-{tier}-" in s["_name"]
    )
    d.box(x, y, ZONE_WIDTH, height, COLOURS[tier])
    d.text(x + 10, y + 18, f"{tier}  {subnet['cidrBlock']}", size=12)
    nat = [g for g in stack.all("aws:ec2/natGateway:NatGateway") if g.get("subnetId") == subnet["_id"]]
    interface = [
        i for i in stack.all("aws:ec2/networkInterface:NetworkInterface") if i.get("subnetId") == subnet["_id"]
    ]
    if nat or interface:
        d.box(x + ZONE_WIDTH - 132, y + height - 30, 118, 22, "#ffffff")
        d.text(x + ZONE_WIDTH - 73, y + height - 15, "NAT gateway" if nat else "NAT instance", size=12, middle=True)


def _balancer(d: _Drawing, stack: Stack, x: float, y: float, width: float) -> None:
    if stack.one("aws:lb/loadBalancer:LoadBalancer"):
        firewall = " behind a web application firewall" if stack.one("aws:wafv2/webAcl:WebAcl") else ""
        d.box(x, y, width, 30, "#d3ead8")
        d.text(x + width / 2, y + 20, f"Application Load Balancer{firewall}", bold=True, middle=True)


def _instances(d: _Drawing, stack: Stack, x: float, y: float, width: float) -> None:
    group = next((g for g in stack.all("aws:autoscaling/group:Group") if g.get("targetGroupArns")), None)
    if group is None:
        return
    template = next(
        (t for t in stack.all("aws:ec2/launchTemplate:LaunchTemplate") if t["_id"] == _template_of(group)), {}
    )
    d.box(x, y, width, 60, "#cfdff2")
    title = (
        f"Auto Scaling group: {int(group['minSize'])} to {int(group['maxSize'])} × {template.get('instanceType', '')}"
    )
    d.text(x + width / 2, y + 20, title, bold=True, middle=True)
    d.text(x + width / 2, y + 42, ", ".join(_follows(stack)) or "fixed size", size=12, middle=True)


def _template_of(group: Mapping[str, Any]) -> str | None:
    direct = group.get("launchTemplate") or {}
    mixed = ((group.get("mixedInstancesPolicy") or {}).get("launchTemplate") or {}).get(
        "launchTemplateSpecification"
    ) or {}
    return direct.get("id") or mixed.get("launchTemplateId")


def _follows(stack: Stack) -> Iterable[str]:
    metrics = {"ALBRequestCountPerTarget": "requests per target", "ASGAverageCPUUtilization": "CPU"}
    for policy in stack.all("aws:autoscaling/policy:Policy"):
        tracking = policy.get("targetTrackingConfiguration") or {}
        metric = (tracking.get("predefinedMetricSpecification") or {}).get("predefinedMetricType", "")
        yield f"follows {metrics.get(metric, metric)}"
    if schedules := stack.all("aws:autoscaling/schedule:Schedule"):
        yield f"{len(schedules)} scheduled actions"


def _database(d: _Drawing, stack: Stack, x: float, y: float, width: float) -> None:
    instance = stack.one("aws:rds/instance:Instance")
    if instance is None:
        return
    d.box(x, y, width, 60, "#e3d3ee")
    title = f"PostgreSQL {instance.get('engineVersion', '')} on RDS, {instance.get('instanceClass', '')}"
    d.text(x + width / 2, y + 20, title, bold=True, middle=True)
    facts = [
        "Multi-AZ" if instance.get("multiAz") else "one zone",
        "encrypted" if instance.get("storageEncrypted") else "not encrypted",
        f"backups of {int(instance.get('backupRetentionPeriod', 0))} days",
    ]
    d.text(x + width / 2, y + 42, ", ".join(facts), size=12, middle=True)


AROUND = (
    ("aws:acm/certificate:Certificate", "certificate", "certificates"),
    ("aws:s3/bucket:Bucket", "log bucket", "log buckets"),
    ("aws:kms/key:Key", "encryption key", "encryption keys"),
    ("aws:cloudwatch/logGroup:LogGroup", "log group", "log groups"),
    ("aws:ec2/flowLog:FlowLog", "flow log", "flow logs"),
    ("aws:cloudwatch/metricAlarm:MetricAlarm", "alarm", "alarms"),
    ("aws:iam/role:Role", "role", "roles"),
    ("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule", "rule in", "rules in"),
    ("aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule", "rule out", "rules out"),
)


def _around(d: _Drawing, stack: Stack, x: float, y: float) -> None:
    """What has no place in a subnet."""
    lines = []
    for type_, one, many in AROUND:
        if count := len(stack.all(type_)):
            lines.append(f"{count} {one if count == 1 else many}")
    instance = stack.one("aws:rds/instance:Instance")
    if instance and instance.get("manageMasterUserPassword"):
        lines.append("master password: Secrets Manager only")
    services = sorted(
        e["serviceName"].rsplit(".", 1)[-1]
        for e in stack.all("aws:ec2/vpcEndpoint:VpcEndpoint")
        if e.get("serviceName")
    )
    if services:
        lines.append(f"endpoints: {', '.join(services)}")
    lines.append(f"{len(stack.resources)} resources in all")
    d.box(x, y, SIDE_WIDTH, 44 + 22 * len(lines), "#ffffff", dash="5 4")
    d.text(x + 14, y + 24, "around it", bold=True)
    for row, line in enumerate(lines):
        d.text(x + 14, y + 50 + 22 * row, line)
