"""What a deployment asks of plain `pulumi`; that it runs is shown in tests/engine/test_workflow_steps.py."""

from pathlib import Path

from tools import aws


def test_a_preview_deploys_nothing_and_nothing_asks_back() -> None:
    assert aws.arguments(Path("/bin/pulumi"), "preview", "prod", "--diff") == [
        "/bin/pulumi", "preview", "--stack", "prod", "--non-interactive", "--diff",
    ]  # fmt: skip
    assert aws.arguments(Path("/bin/pulumi"), "up", "dev") == [
        "/bin/pulumi", "up", "--yes", "--stack", "dev", "--non-interactive",
    ]  # fmt: skip
