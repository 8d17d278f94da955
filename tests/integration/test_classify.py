"""`winback classify`: a note a line in, a JSON object a line out."""

from __future__ import annotations

import json

from click.testing import CliRunner

from integration.cli.classify import classify_command


def test_every_line_gets_an_answer_blank_ones_too() -> None:
    notes = b"too expensive\r\n\nwent with Acme\nbytes: \xff\xfe\ntoo many bugs, kept crashing"
    result = CliRunner().invoke(classify_command, input=notes, env={"WINBACK_CONFIG": None})
    assert result.exit_code == 0
    rows = [json.loads(line) for line in result.stdout.splitlines()]
    assert [row["category"] for row in rows] == [
        "price",
        "unknown",
        "unknown",
        "unknown",
        "quality",
    ]
    assert rows[2]["competitor"] == "Acme"
    assert set(rows[0]) == {"category", "second", "competitor", "confidence", "because"}


def test_a_file_that_is_refused_ends_with_exit_code_2() -> None:
    result = CliRunner().invoke(classify_command, ["--config", "no-such-file.toml"], input="x\n")
    assert result.exit_code == 2
    assert "no-such-file.toml" in result.stderr
