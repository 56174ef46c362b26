"""Logical names that stay within AWS's limits, whatever the stack or component is called."""

import hashlib

AUTOMATIC_SUFFIX = 8
"""Characters Pulumi adds to a logical name to make a physical one: a hyphen and seven hexadecimal digits."""

LOAD_BALANCER_LIMIT = 32 - AUTOMATIC_SUFFIX
"""Longest logical name of a load balancer or target group (Elastic Load Balancing API reference: 32 characters)."""

ROLE_LIMIT = 64 - AUTOMATIC_SUFFIX
"""Longest logical name of an IAM role (IAM API reference, CreateRole: 64 characters)."""

LAUNCH_TEMPLATE_LIMIT = 128 - AUTOMATIC_SUFFIX
"""Longest logical name of a launch template (EC2 API reference, CreateLaunchTemplate: 128 characters)."""

_DIGEST = 6


def short_name(name: str, suffix: str, limit: int) -> str:
    """`name-suffix` where that has at most `limit` characters; else `name` is cut and a digest of all of it put in.

    The digest keeps two long names that begin alike apart; the same arguments always give the same result, so a
    logical name made here never changes between two runs.
    """
    full = f"{name}-{suffix}"
    if len(full) <= limit:
        return full
    room = limit - len(suffix) - _DIGEST - 2  # the two hyphens
    if room < 1:
        raise ValueError(f"limit: a name ending in -{suffix} needs at least {len(suffix) + _DIGEST + 3}, got {limit}")
    digest = hashlib.sha256(name.encode()).hexdigest()[:_DIGEST]
    return f"{name[:room].rstrip('-')}-{digest}-{suffix}"
