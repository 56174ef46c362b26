"""Samples for Auto Scaling."""

from typing import Any

from sandbox.provider.schema import Values
from tests.sandbox.harness import Bench, Made
from tests.sandbox.samples.lb import listener_of, network, target_group_of

GROUP = "aws:autoscaling/group:Group"


def launch_template(bench: Bench, name: str = "web") -> str:
    """A launch template of a small Amazon Linux: its id."""
    [image] = bench.account.ec2.describe_images(
        Owners=["amazon"], Filters=[{"Name": "name", "Values": ["al2023-ami-2023.*-arm64"]}]
    )["Images"][-1:]
    data = {"ImageId": image["ImageId"], "InstanceType": "t4g.small"}
    made = bench.account.ec2.create_launch_template(LaunchTemplateName=name, LaunchTemplateData=data)
    return str(made["LaunchTemplate"]["LaunchTemplateId"])


def group_of(bench: Bench, **values: Any) -> Made:
    """A group without instances."""
    defaults: Values = {"minSize": 0, "maxSize": 2}
    if "launchTemplate" not in values and "mixedInstancesPolicy" not in values:
        defaults["launchTemplate"] = {"id": launch_template(bench), "version": "1"}
    if "vpcZoneIdentifiers" not in values:
        defaults["vpcZoneIdentifiers"] = network(bench)[1]
    return bench.make(GROUP, **defaults | values)


REQUIREMENTS = {
    "acceleratorCount": {"min": 1, "max": 2},
    "acceleratorManufacturers": ["nvidia"],
    "acceleratorNames": ["t4"],
    "acceleratorTotalMemoryMib": {"min": 1024, "max": 2048},
    "acceleratorTypes": ["gpu"],
    "allowedInstanceTypes": ["m5.large"],
    "bareMetal": "excluded",
    "baselineEbsBandwidthMbps": {"min": 100, "max": 200},
    "burstablePerformance": "included",
    "cpuManufacturers": ["amazon-web-services"],
    "excludedInstanceTypes": ["m5.xlarge"],
    "instanceGenerations": ["current"],
    "localStorage": "included",
    "localStorageTypes": ["ssd"],
    "maxSpotPriceAsPercentageOfOptimalOnDemandPrice": 80,
    "memoryGibPerVcpu": {"min": 1.5, "max": 8},
    "memoryMib": {"min": 1024, "max": 4096},
    "networkBandwidthGbps": {"min": 1.5, "max": 10},
    "networkInterfaceCount": {"min": 1, "max": 2},
    "onDemandMaxPricePercentageOverLowestPrice": 20,
    "requireHibernateSupport": True,
    "spotMaxPricePercentageOverLowestPrice": 100,
    "totalLocalStorageGb": {"min": 1.5, "max": 100},
    "vcpuCount": {"min": 1, "max": 2},
}


def group(bench: Bench) -> list[Values]:
    vpc, subnets = network(bench)
    template = launch_template(bench)
    target_group = target_group_of(bench, vpc).id
    specification = {"launchTemplateId": template, "version": "1"}
    return [
        {
            "name": "web",
            "minSize": 1,
            "maxSize": 4,
            "desiredCapacity": 2,
            "vpcZoneIdentifiers": subnets,
            "availabilityZoneDistribution": {"capacityDistributionStrategy": "balanced-only"},
            "capacityReservationSpecification": {
                "capacityReservationPreference": "capacity-reservations-first",
                "capacityReservationTarget": {
                    "capacityReservationIds": ["cr-1234567890abcdef0"],
                    "capacityReservationResourceGroupArns": [
                        "arn:aws:resource-groups:sa-east-1:123456789012:group/reserved"
                    ],
                },
            },
            "context": "hotel",
            "defaultCooldown": 60,
            "defaultInstanceWarmup": 90,
            "healthCheckGracePeriod": 120,
            "healthCheckType": "ELB",
            "instanceMaintenancePolicy": {"minHealthyPercentage": 100, "maxHealthyPercentage": 150},
            "launchTemplate": {"id": template, "version": "1"},
            "maxInstanceLifetime": 604800,
            "protectFromScaleIn": True,
            "serviceLinkedRoleArn": "arn:aws:iam::123456789012:role/aws-service-role/autoscaling.amazonaws.com/AWSServiceRoleForAutoScaling",
            "targetGroupArns": [target_group],
            "terminationPolicies": ["OldestLaunchTemplate", "OldestInstance"],
            "tags": [{"key": "Name", "value": "web", "propagateAtLaunch": True}],
            "enabledMetrics": ["GroupInServiceInstances", "GroupDesiredCapacity"],
            "metricsGranularity": "1Minute",
            "suspendedProcesses": ["AZRebalance"],
            "warmPool": {
                "instanceReusePolicy": {"reuseOnScaleIn": True},
                "maxGroupPreparedCapacity": 3,
                "minSize": 1,
                "poolState": "Hibernated",
            },
            "initialLifecycleHooks": [
                {
                    "name": "warm",
                    "lifecycleTransition": "autoscaling:EC2_INSTANCE_LAUNCHING",
                    "defaultResult": "CONTINUE",
                    "heartbeatTimeout": 60,
                    "notificationMetadata": "m",
                    "notificationTargetArn": "arn:aws:sns:sa-east-1:123456789012:hooks",
                    "roleArn": "arn:aws:iam::123456789012:role/hooks",
                }
            ],
            "forceDelete": False,
            "forceDeleteWarmPool": True,
            "ignoreFailedScalingActivities": True,
            "instanceRefresh": {
                "strategy": "Rolling",
                "preferences": {
                    "alarmSpecification": {"alarms": ["errors"]},
                    "autoRollback": True,
                    "checkpointDelay": "60",
                    "checkpointPercentages": [50, 100],
                    "instanceWarmup": "90",
                    "maxHealthyPercentage": 150,
                    "minHealthyPercentage": 100,
                    "scaleInProtectedInstances": "Refresh",
                    "skipMatching": True,
                    "standbyInstances": "Terminate",
                },
                "triggers": ["tag"],
            },
            "minElbCapacity": 0,
            "waitForElbCapacity": 0,
            "waitForCapacityTimeout": "1m",
        },
        {
            "namePrefix": "web-",
            "minSize": 0,
            "maxSize": 2,
            "availabilityZones": ["sa-east-1a"],
            "capacityRebalance": True,
            "desiredCapacityType": "vcpu",
            "placementGroup": "together",
            "mixedInstancesPolicy": {
                "launchTemplate": {
                    "launchTemplateSpecification": specification,
                    "overrides": [
                        {"instanceType": "t4g.medium", "weightedCapacity": "2"},
                        {"instanceType": "t4g.large", "launchTemplateSpecification": specification},
                    ],
                },
                "instancesDistribution": {
                    "onDemandAllocationStrategy": "prioritized",
                    "onDemandBaseCapacity": 1,
                    "onDemandPercentageAboveBaseCapacity": 0,
                    "spotAllocationStrategy": "lowest-price",
                    "spotInstancePools": 3,
                    "spotMaxPrice": "0.05",
                },
            },
            "trafficSources": [{"identifier": target_group, "type": "elbv2"}],
        },
        {
            "minSize": 0,
            "maxSize": 2,
            "vpcZoneIdentifiers": subnets,
            "mixedInstancesPolicy": {
                "launchTemplate": {
                    "launchTemplateSpecification": {"launchTemplateName": "web"},
                    "overrides": [
                        {
                            "instanceRequirements": REQUIREMENTS,
                            "launchTemplateSpecification": {"launchTemplateName": "web"},
                        }
                    ],
                }
            },
        },
        {
            "minSize": 0,
            "maxSize": 2,
            "availabilityZones": ["sa-east-1a"],
            "launchConfiguration": launch_configuration(bench),
        },
        {"minSize": 0, "maxSize": 2, "vpcZoneIdentifiers": subnets, "launchTemplate": {"name": "web"}},
    ]


def launch_configuration(bench: Bench) -> str:
    [image] = bench.account.ec2.describe_images(Owners=["amazon"])["Images"][:1]
    bench.account.autoscaling.create_launch_configuration(
        LaunchConfigurationName="old", ImageId=image["ImageId"], InstanceType="t3.small"
    )
    return "old"


METRIC = {"metricName": "Bookings", "namespace": "Hotel", "dimensions": [{"name": "Group", "value": "web"}]}


def queries(**stat: Any) -> list[Values]:
    return [
        {
            "id": "m",
            "label": "bookings",
            "metricStat": {"metric": METRIC, "stat": "Sum", "unit": "Count", **stat},
            "returnData": False,
        },
        {"id": "e", "expression": "m / 2", "label": "half", "returnData": True},
    ]


def policy(bench: Bench) -> list[Values]:
    vpc, subnets = network(bench)
    target_group = target_group_of(bench, vpc)
    balancer = bench.make("aws:lb/loadBalancer:LoadBalancer", subnets=subnets)
    listener_of(
        bench,
        loadBalancerArn=balancer.id,
        defaultActions=[{"type": "forward", "targetGroupArn": target_group.id}],
    )
    asg = group_of(bench, vpcZoneIdentifiers=subnets, targetGroupArns=[target_group.id]).id
    label = f"{balancer['arnSuffix']}/{target_group['arnSuffix']}"

    def tracking(**configuration: Any) -> Values:
        return {
            "autoscalingGroupName": asg,
            "policyType": "TargetTrackingScaling",
            "targetTrackingConfiguration": {"targetValue": 50.5, **configuration},
        }

    def predictive(**specification: Any) -> Values:
        return {
            "autoscalingGroupName": asg,
            "policyType": "PredictiveScaling",
            "predictiveScalingConfiguration": {
                "metricSpecification": {"targetValue": 40, **specification},
                "maxCapacityBreachBehavior": "IncreaseMaxCapacity",
                "maxCapacityBuffer": "10",
                "mode": "ForecastAndScale",
                "schedulingBufferTime": "120",
            },
        }

    return [
        {
            "name": "two-more",
            "autoscalingGroupName": asg,
            "adjustmentType": "PercentChangeInCapacity",
            "scalingAdjustment": 25,
            "minAdjustmentMagnitude": 2,
            "cooldown": 60,
            "enabled": False,
        },
        {
            "autoscalingGroupName": asg,
            "policyType": "StepScaling",
            "adjustmentType": "ChangeInCapacity",
            "metricAggregationType": "Maximum",
            "estimatedInstanceWarmup": 90,
            "stepAdjustments": [
                {"scalingAdjustment": 1, "metricIntervalLowerBound": "0", "metricIntervalUpperBound": "10.5"},
                {"scalingAdjustment": 2, "metricIntervalLowerBound": "10.5"},
            ],
        },
        tracking(
            disableScaleIn=True,
            predefinedMetricSpecification={
                "predefinedMetricType": "ALBRequestCountPerTarget",
                "resourceLabel": label,
            },
        ),
        tracking(
            customizedMetricSpecification={
                "metricName": "Bookings",
                "namespace": "Hotel",
                "statistic": "Average",
                "unit": "Count",
                "period": 60,
                "metricDimensions": [{"name": "Group", "value": "web"}],
            }
        ),
        tracking(customizedMetricSpecification={"metrics": queries(period=60)}),
        predictive(
            predefinedLoadMetricSpecification={
                "predefinedMetricType": "ALBTargetGroupRequestCount",
                "resourceLabel": label,
            },
            predefinedScalingMetricSpecification={
                "predefinedMetricType": "ALBRequestCountPerTarget",
                "resourceLabel": label,
            },
        ),
        predictive(
            predefinedMetricPairSpecification={"predefinedMetricType": "ALBRequestCount", "resourceLabel": label}
        ),
        predictive(
            customizedCapacityMetricSpecification={"metricDataQueries": queries()},
            customizedLoadMetricSpecification={"metricDataQueries": queries()},
            customizedScalingMetricSpecification={"metricDataQueries": queries()},
        ),
    ]


def schedule(bench: Bench) -> list[Values]:
    asg = group_of(bench).id
    return [
        {
            "autoscalingGroupName": asg,
            "scheduledActionName": "black-friday",
            "minSize": 2,
            "maxSize": 8,
            "desiredCapacity": 4,
            "recurrence": "0 6 * * 5",
            "startTime": "2040-11-23T06:00:00Z",
            "endTime": "2040-11-24T06:00:00Z",
            "timeZone": "America/Sao_Paulo",
        },
        {
            "autoscalingGroupName": asg,
            "scheduledActionName": "more",
            "minSize": 2,
            "maxSize": -1,
            "desiredCapacity": -1,
            "startTime": "2040-11-23T06:00:00Z",
        },
    ]


def lifecycle_hook(bench: Bench) -> list[Values]:
    asg = group_of(bench).id
    transition = "autoscaling:EC2_INSTANCE_TERMINATING"
    return [
        {
            "name": "say-goodbye",
            "autoscalingGroupName": asg,
            "lifecycleTransition": transition,
            "defaultResult": "CONTINUE",
            "heartbeatTimeout": 60,
            "notificationMetadata": "m",
            "notificationTargetArn": "arn:aws:sns:sa-east-1:123456789012:hooks",
            "roleArn": "arn:aws:iam::123456789012:role/hooks",
        },
        {"autoscalingGroupName": asg, "lifecycleTransition": transition},
    ]


def attachment(bench: Bench) -> list[Values]:
    vpc, subnets = network(bench)
    return [
        {
            "autoscalingGroupName": group_of(bench, vpcZoneIdentifiers=subnets).id,
            "lbTargetGroupArn": target_group_of(bench, vpc).id,
        }
    ]


def tag(bench: Bench) -> list[Values]:
    return [
        {
            "autoscalingGroupName": group_of(bench).id,
            "tag": {"key": "Name", "value": "web", "propagateAtLaunch": True},
        }
    ]


SAMPLES = {
    GROUP: group,
    "aws:autoscaling/policy:Policy": policy,
    "aws:autoscaling/schedule:Schedule": schedule,
    "aws:autoscaling/lifecycleHook:LifecycleHook": lifecycle_hook,
    "aws:autoscaling/attachment:Attachment": attachment,
    "aws:autoscaling/tag:Tag": tag,
}
