"""Nothing the program declares is lost: every translated property is written and read back."""

import pulumi_aws
import pytest

from sandbox.provider.schema import table
from tests.sandbox.harness import TYPES, Bench, unused
from tests.sandbox.samples import SAMPLES

_ = pulumi_aws


TOKENS = sorted({id(TYPES[token].props): token for token in sorted(SAMPLES)}.values())
"""One token for each table: `aws.alb` and `aws.lb` have theirs in common."""


def test_every_type_has_samples() -> None:
    assert SAMPLES.keys() == TYPES.keys()


@pytest.mark.parametrize("token", TOKENS)
def test_every_property_is_written_and_read_back(token: str, bench: Bench) -> None:
    samples = SAMPLES[token](bench)
    assert unused(token, samples) == set()
    for values in samples:
        made = bench.make(token, **values)  # asserts that what is read back is what was asked for
        assert bench.read(token, made.id, made.state) == made.state
        bench.end(made)


@pytest.mark.parametrize("token", TOKENS)
def test_no_property_is_listed_as_kept_which_the_account_shows(token: str, bench: Bench) -> None:
    for values in SAMPLES[token](bench):
        made = bench.make(token, **values)
        seen = TYPES[token].read(bench.account, made.id, made.state)
        assert seen is not None
        assert {name for name, prop in table(TYPES[token]).items() if prop.kept and name in seen} == set()
