"""A small NAT instance that keeps its address and replaces itself: part of `Network`.

The network interface, and with it the public address and the routes that lead to it, stays; the instance behind it
comes and goes. An Auto Scaling group of one launches it with the interface as its first one (Amazon EC2 Auto Scaling
User Guide, "Examples for creating and managing launch templates with the AWS CLI", "Specify an existing network
interface"), so nothing has to be attached at boot and the instance needs no permissions.
"""

import base64
from collections.abc import Sequence

import pulumi_aws as aws
from pulumi import Output, Resource

from .egress import Target, WayOut
from .naming import LAUNCH_TEMPLATE_LIMIT, short_name
from .scope import Scope
from .tiers import Place

INSTANCE_TYPE = "t4g.nano"
"""The smallest Graviton instance (arm64): enough for a few instances that fetch packages and call APIs."""


def through_nat_instance(
    scope: Scope,
    zones: Sequence[str],
    vpc: aws.ec2.Vpc,
    home: Place,
    *,
    vpc_cidr_block: str,
    clients_cidr_block: str,
    image_id: str,
    needs: Sequence[Resource],
) -> WayOut:
    """The instance in the public place `home`, for the hosts of `clients_cidr_block` and nobody else.

    `needs` is what must exist before it can fetch its packages: routes and the endpoint of S3.
    """
    name = short_name(scope.name, "nat-instance", LAUNCH_TEMPLATE_LIMIT)
    tags = scope.tagged(name)

    security_group = aws.ec2.SecurityGroup(
        name,
        vpc_id=vpc.id,
        description="NAT instance: from the private subnets to anywhere",
        tags=tags,
        opts=scope.replaceable(),
    )
    rules = [
        aws.vpc.SecurityGroupIngressRule(
            name,
            security_group_id=security_group.id,
            description="All that private subnets send out",
            cidr_ipv4=clients_cidr_block,
            ip_protocol="-1",
            tags=tags,
            opts=scope.replaceable(),
        ),
        aws.vpc.SecurityGroupEgressRule(
            name,
            security_group_id=security_group.id,
            description="To anywhere, on their behalf",
            cidr_ipv4="0.0.0.0/0",
            ip_protocol="-1",
            tags=tags,
            opts=scope.replaceable(),
        ),
    ]
    interface = aws.ec2.NetworkInterface(
        name,
        subnet_id=home.subnet.id,
        security_groups=[security_group.id],
        source_dest_check=False,  # what it forwards is neither from nor to itself
        description="Way out of the private subnets",
        tags=tags,
        opts=scope.replaceable(),
    )
    address = aws.ec2.Eip(
        name,
        domain="vpc",
        network_interface=interface.id,
        tags=tags,
        opts=scope.replaceable(*needs),
    )
    template = aws.ec2.LaunchTemplate(
        name,
        image_id=image_id,
        instance_type=INSTANCE_TYPE,
        network_interfaces=[
            aws.ec2.LaunchTemplateNetworkInterfaceArgs(
                device_index=0,
                network_interface_id=interface.id,
                delete_on_termination="false",  # the next instance takes it over
            )
        ],
        metadata_options=aws.ec2.LaunchTemplateMetadataOptionsArgs(
            http_endpoint="enabled", http_tokens="required", http_put_response_hop_limit=1
        ),
        block_device_mappings=[
            aws.ec2.LaunchTemplateBlockDeviceMappingArgs(
                device_name="/dev/xvda",
                ebs=aws.ec2.LaunchTemplateBlockDeviceMappingEbsArgs(
                    encrypted="true", volume_type="gp3", delete_on_termination="true"
                ),
            )
        ],
        user_data=base64.b64encode(user_data(vpc_cidr_block, clients_cidr_block).encode()).decode(),
        tag_specifications=[
            aws.ec2.LaunchTemplateTagSpecificationArgs(resource_type=resource_type, tags=tags)
            for resource_type in ("instance", "volume")
        ],
        tags=tags,
        opts=scope.replaceable(),
    )
    group = aws.autoscaling.Group(
        name,
        min_size=1,
        max_size=1,
        availability_zones=[home.slot.zone],  # not subnets: the interface brings its own
        launch_template=aws.autoscaling.GroupLaunchTemplateArgs(
            id=template.id, version=template.latest_version.apply(str)
        ),
        health_check_type="EC2",
        # The interface is in one instance at a time, so the old one goes first.
        instance_maintenance_policy=aws.autoscaling.GroupInstanceMaintenancePolicyArgs(
            min_healthy_percentage=0, max_healthy_percentage=100
        ),
        instance_refresh=aws.autoscaling.GroupInstanceRefreshArgs(
            strategy="Rolling",
            preferences=aws.autoscaling.GroupInstanceRefreshPreferencesArgs(min_healthy_percentage=0),
        ),
        tags=[
            aws.autoscaling.GroupTagArgs(key=key, value=value, propagate_at_launch=False)  # the template tags instances
            for key, value in tags.items()
        ],
        # Address, permission and way to the package repository before the instance looks for its packages.
        opts=scope.replaceable(address, *rules, *needs),
    )
    target = Target(network_interface_id=interface.id, needs=[group])
    return WayOut(targets=dict.fromkeys(zones, target), addresses=Output.all(address.public_ip))


def user_data(vpc_cidr_block: str, clients_cidr_block: str) -> str:
    """The script that makes an Amazon Linux 2023 instance forward and masquerade, now and after every restart.

    After "NAT instances" (Amazon VPC User Guide). Swap comes first because the package manager is killed for want of
    memory on instances with 512 MiB (github.com/amazonlinux/amazon-linux-2023, issue 404).
    """
    return f"""\
#!/bin/bash
set -euo pipefail

if ! swapon --show=NAME --noheadings | grep --quiet --line-regexp /swapfile; then
  dd if=/dev/zero of=/swapfile bs=1M count=512 status=none
  chmod 600 /swapfile
  mkswap /swapfile
  swapon /swapfile
  echo '/swapfile none swap defaults 0 0' >>/etc/fstab
fi

echo 'net.ipv4.ip_forward = 1' >/etc/sysctl.d/90-nat.conf
sysctl --load=/etc/sysctl.d/90-nat.conf

until dnf install --assumeyes iptables-services; do
  echo 'packages not reachable yet, trying again' >&2
  sleep 5
done

cat >/etc/sysconfig/iptables <<'RULES'
*nat
:PREROUTING ACCEPT [0:0]
:INPUT ACCEPT [0:0]
:OUTPUT ACCEPT [0:0]
:POSTROUTING ACCEPT [0:0]
-A POSTROUTING -s {clients_cidr_block} ! -d {vpc_cidr_block} -j MASQUERADE
COMMIT
RULES
systemctl enable iptables
systemctl restart iptables
"""
