"""The copy of a stack file that the engine may write into."""

import pytest

from tools.stack_file import copy_for_sandbox, hosted_zone_of, region_of, salt_of
from tools.steps import Failure

SOURCE = """# dev: small and cheap
config:
  aws:region: sa-east-1 # São Paulo
  hotelaria:web:
    domain: dev.hotel.example
    hosted_zone: hotel.example
"""


def test_a_new_stack_gets_the_file_as_it_is() -> None:
    assert copy_for_sandbox(SOURCE, "Pulumi.dev.yaml", None) == SOURCE


def test_the_salt_that_the_engine_wrote_is_kept_when_the_file_changes() -> None:
    written = SOURCE + "encryptionsalt: v1:abc=:v1:def+/==\n"
    changed = SOURCE.replace("São Paulo", "changed")
    copy = copy_for_sandbox(changed, "Pulumi.dev.yaml", salt_of(written))
    assert copy == changed + "encryptionsalt: v1:abc=:v1:def+/==\n"


def test_a_file_without_a_closing_newline_keeps_its_last_line_apart_from_the_salt() -> None:
    assert copy_for_sandbox("config: {}", "Pulumi.dev.yaml", "v1:a") == "config: {}\nencryptionsalt: v1:a\n"


def test_the_encryption_of_the_real_stack_stays_out_of_the_sandbox() -> None:
    real = f"secretsprovider: awskms://alias/pulumi?region=sa-east-1\nencryptedkey: AQICA==\n{SOURCE}encryptionsalt: v1:real\n"
    assert copy_for_sandbox(real, "Pulumi.prod.yaml", None) == SOURCE
    assert copy_for_sandbox(real, "Pulumi.prod.yaml", "v1:own") == f"{SOURCE}encryptionsalt: v1:own\n"


@pytest.mark.parametrize(
    "entry", ["  hotelaria:token:\n    secure: v1:xyz\n", "  hotelaria:tokens:\n    - secure: v1:xyz\n"]
)
def test_a_value_encrypted_for_the_real_stack_is_refused_by_its_line(entry: str) -> None:
    with pytest.raises(Failure, match=r"^Pulumi\.prod\.yaml, line 8: this value is encrypted with the key of the"):
        copy_for_sandbox(SOURCE + entry, "Pulumi.prod.yaml", None)


def test_a_file_that_the_engine_has_not_written_into_has_no_salt() -> None:
    assert salt_of(SOURCE) is None


def test_the_region_and_the_hosted_zone_are_read_from_the_configuration() -> None:
    assert region_of(SOURCE) == "sa-east-1"
    assert hosted_zone_of(SOURCE) == "hotel.example"


@pytest.mark.parametrize(
    "text", ["", "config:\n", "config: []\n", "config: {aws:region: [1], hotelaria:web: x}\n", "a: b: c"]
)
def test_what_is_no_configuration_names_neither_and_is_left_to_the_engine_to_refuse(text: str) -> None:
    assert region_of(text) is None
    assert hosted_zone_of(text) is None
