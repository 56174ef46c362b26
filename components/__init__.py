"""The hotel's infrastructure as components that any Pulumi program can import: `Network`, `Database`, `WebTier`."""

from .amazon_linux import Architecture
from .database import Database, DatabaseArgs, DatabaseInsights
from .egress import Egress
from .firewall import Waf
from .flow_logs import FlowLogs
from .network import Network, NetworkArgs
from .scaling import ScheduledAction
from .web_alarms import AlarmThresholds
from .web_tier import WebTier
from .web_tier_args import DesyncMitigation, HealthCheck, MixedInstances, Rollout, WebTierArgs

__all__ = [
    "AlarmThresholds",
    "Architecture",
    "Database",
    "DatabaseArgs",
    "DatabaseInsights",
    "DesyncMitigation",
    "Egress",
    "FlowLogs",
    "HealthCheck",
    "MixedInstances",
    "Network",
    "NetworkArgs",
    "Rollout",
    "ScheduledAction",
    "Waf",
    "WebTier",
    "WebTierArgs",
]
