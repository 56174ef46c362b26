"""What every instance of a web tier is: its image, its network, its disk and what it may do."""

import json

import pulumi_aws as aws
from pulumi import Input, Output, Resource, RunError

from .amazon_linux import image_id
from .naming import LAUNCH_TEMPLATE_LIMIT, ROLE_LIMIT, short_name
from .scope import Scope
from .web_tier_args import WebTierArgs, encoded_user_data


def instance_role(scope: Scope, args: WebTierArgs) -> tuple[aws.iam.Role, list[Resource]]:
    """The instances' role and what it may do: be managed by Systems Manager, and what the caller passes."""
    name = short_name(scope.name, "instance", ROLE_LIMIT)
    role = aws.iam.Role(
        name,
        description=f"Instances of {scope.name}",
        assume_role_policy=json.dumps(
            {
                "Version": "2012-10-17",
                "Statement": [
                    {
                        "Effect": "Allow",
                        "Principal": {"Service": "ec2.amazonaws.com"},
                        "Action": "sts:AssumeRole",
                    }
                ],
            }
        ),
        tags=scope.tagged(name),
        opts=scope.lasting(),
    )
    partition = aws.get_partition(opts=scope.lookup()).partition
    managed = {"session-manager": f"arn:{partition}:iam::aws:policy/AmazonSSMManagedInstanceCore"} | dict(
        args.policy_arns
    )
    granted: list[Resource] = [
        aws.iam.RolePolicyAttachment(f"{scope.name}-{key}", role=role.name, policy_arn=arn, opts=scope.replaceable())
        for key, arn in managed.items()
    ]
    granted += [
        aws.iam.RolePolicy(
            short_name(scope.name, key, ROLE_LIMIT), role=role.name, policy=document, opts=scope.replaceable()
        )
        for key, document in args.policies.items()
    ]
    return role, granted


def launch_template(
    scope: Scope,
    args: WebTierArgs,
    image: Input[str],
    role: aws.iam.Role,
    security_group: aws.ec2.SecurityGroup,
) -> aws.ec2.LaunchTemplate:
    """What every instance is made from. Each change is a new version, and the group names versions by number."""
    name = short_name(scope.name, "instance", LAUNCH_TEMPLATE_LIMIT)
    profile_name = short_name(scope.name, "instance", ROLE_LIMIT)
    profile = aws.iam.InstanceProfile(
        profile_name, role=role.name, tags=scope.tagged(profile_name), opts=scope.lasting()
    )
    return aws.ec2.LaunchTemplate(
        name,
        image_id=image,
        instance_type=args.instance_type,
        user_data=Output.from_input(args.user_data).apply(encoded_user_data),
        iam_instance_profile=aws.ec2.LaunchTemplateIamInstanceProfileArgs(arn=profile.arn),
        metadata_options=aws.ec2.LaunchTemplateMetadataOptionsArgs(
            http_endpoint="enabled",
            http_tokens="required",  # IMDSv2: a request tricked out of the application gets no credentials
            http_put_response_hop_limit=1,
        ),
        network_interfaces=[
            aws.ec2.LaunchTemplateNetworkInterfaceArgs(
                device_index=0,
                associate_public_ip_address="false",
                security_groups=[security_group.id, *args.security_group_ids],
                delete_on_termination="true",
            )
        ],
        block_device_mappings=[
            aws.ec2.LaunchTemplateBlockDeviceMappingArgs(
                device_name="/dev/xvda",
                ebs=aws.ec2.LaunchTemplateBlockDeviceMappingEbsArgs(
                    volume_type="gp3",
                    volume_size=args.root_volume_gib,
                    encrypted="true",
                    delete_on_termination="true",
                ),
            )
        ],
        # Every minute instead of every five: scaling on CPU is as late as its metric.
        monitoring=aws.ec2.LaunchTemplateMonitoringArgs(enabled=True),
        tag_specifications=[
            aws.ec2.LaunchTemplateTagSpecificationArgs(resource_type=what, tags=scope.tagged(name))
            for what in ("instance", "volume", "network-interface")
        ],
        update_default_version=True,
        tags=scope.tagged(name),
        opts=scope.lasting(),
    )


def image(scope: Scope, args: WebTierArgs) -> Input[str]:
    """The image's id. One that the caller gives as text is looked up, because a wrong processor would never boot."""
    if args.image_release is not None:
        return image_id(args.image_release, args.architecture, scope.lookup())
    assert args.image_id is not None  # one of the two, says WebTierArgs
    if isinstance(args.image_id, str):
        found = aws.ec2.get_ami(
            filters=[aws.ec2.GetAmiFilterArgs(name="image-id", values=[args.image_id])],
            include_deprecated=True,  # an image in use stays usable when its owner publishes newer ones
            opts=scope.lookup(),
        ).architecture
        if found != args.architecture.value:
            raise RunError(
                f"image_id: {args.image_id} is made for {found} and architecture is {args.architecture.value}; "
                "name another image, or set architecture and instance_type to match"
            )
    return args.image_id
