"""How long a CloudWatch log group may be told to keep its events."""

RETENTION_DAYS = (
    1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
)  # fmt: skip
"""All that CloudWatch takes (CloudWatch Logs API reference, PutRetentionPolicy)."""


def check_retention(field: str, days: int) -> None:
    """Raise ValueError unless CloudWatch knows a retention of `days`; `field` names the argument in the error."""
    if days not in RETENTION_DAYS:
        raise ValueError(f"{field}: want one of {', '.join(map(str, RETENTION_DAYS))} days, got {days}")
