"""A small NAT instance that keeps its address and replaces itself: part of `Network`.

The network interface, and with it the public address and the routes that lead to it, stays; the instance behind it
comes and goes. An Auto Scaling group of one launches it with the interface as its first one (Amazon EC2 Auto Scaling
User Guide, "Examples for creating and managing launch templates with the AWS CLI", "Specify an existing network
interface"), so nothing has to be attached at boot and the instance needs no permissions.
"""

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi_aws as aws
from pulumi import Input, Output, Resource, ResourceOptions

from .naming import LAUNCH_TEMPLATE_LIMIT, short_name, tagged

INSTANCE_TYPE = "t4g.nano"
"""The smallest Graviton instance (arm64): enough for a few instances that fetch packages and call APIs."""


@dataclass(frozen=True, kw_only=True)
class NatInstance:
    """What the network needs of it."""

    network_interface_id: Output[str]
    public_ip: Output[str]
    group: Resource
    """Exists once the instance runs."""


def nat_instance(
    name: str,
    *,
    vpc_id: Input[str],
    vpc_cidr_block: str,
    clients_cidr_block: str,
    subnet_id: Input[str],
    zone: str,
    image_id: str,
    tags: Mapping[str, str],
    parent: Resource,
    depends_on: Sequence[Resource],
) -> NatInstance:
    """Make the instance in public subnet `subnet_id` for the hosts of `clients_cidr_block`; `name` begins its names.

    `depends_on` is what it needs to fetch its packages: routes and endpoints.
    """
    full_name = short_name(name, "nat-instance", LAUNCH_TEMPLATE_LIMIT)
    all_tags = tagged(full_name, tags)
    replaceable = ResourceOptions(parent=parent, protect=False)

    security_group = aws.ec2.SecurityGroup(
        full_name,
        vpc_id=vpc_id,
        description="NAT instance: from the private subnets to anywhere",
        tags=all_tags,
        opts=replaceable,
    )
    rules = [
        aws.vpc.SecurityGroupIngressRule(
            full_name,
            security_group_id=security_group.id,
            description="All that private subnets send out",
            cidr_ipv4=clients_cidr_block,
            ip_protocol="-1",
            tags=all_tags,
            opts=replaceable,
        ),
        aws.vpc.SecurityGroupEgressRule(
            full_name,
            security_group_id=security_group.id,
            description="To anywhere, on their behalf",
            cidr_ipv4="0.0.0.0/0",
            ip_protocol="-1",
            tags=all_tags,
            opts=replaceable,
        ),
    ]
    interface = aws.ec2.NetworkInterface(
        full_name,
        subnet_id=subnet_id,
        security_groups=[security_group.id],
        source_dest_check=False,  # what it forwards is neither from nor to itself
        description="Way out of the private subnets",
        tags=all_tags,
        opts=replaceable,
    )
    address = aws.ec2.Eip(
        full_name,
        domain="vpc",
        network_interface=interface.id,
        tags=all_tags,
        opts=ResourceOptions(parent=parent, protect=False, depends_on=depends_on),
    )
    template = aws.ec2.LaunchTemplate(
        full_name,
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
            aws.ec2.LaunchTemplateTagSpecificationArgs(resource_type=resource_type, tags=all_tags)
            for resource_type in ("instance", "volume")
        ],
        tags=all_tags,
        opts=replaceable,
    )
    group = aws.autoscaling.Group(
        full_name,
        min_size=1,
        max_size=1,
        availability_zones=[zone],  # not subnets: the interface brings its own
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
            for key, value in all_tags.items()
        ],
        # Address, permission and way to the package repository before the instance looks for its packages.
        opts=ResourceOptions(parent=parent, protect=False, depends_on=[address, *rules, *depends_on]),
    )
    return NatInstance(network_interface_id=interface.id, public_ip=address.public_ip, group=group)


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
