"""The reference of the rule file is what the schemas say, and its examples are fine."""

from __future__ import annotations

import re
import tomllib

from integration.reference import EXAMPLE, README, with_reference


def test_the_reference_is_as_the_schemas_make_it() -> None:
    page = README.read_text(encoding="utf-8")
    example = EXAMPLE.read_text(encoding="utf-8")
    assert page == with_reference(page, example), "run `make reference`"


def test_every_example_is_toml() -> None:
    page = README.read_text(encoding="utf-8")
    for block in re.findall(r"```toml\n(.*?)```", page, re.DOTALL):
        assert tomllib.loads(block.replace('when = "permission', '# "permission', 1) or "")
