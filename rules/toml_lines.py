"""Lines of a drafted rule file: texts, and remarks for the admin. Pure."""

from __future__ import annotations


def remarked(line: str, remark: str) -> str:
    return f"{line:<44}# {remark}"


def one_line(text: str) -> str:
    """What a CRM calls something, as a comment may hold it."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def quoted(text: str) -> str:
    """A TOML basic string."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return (
        '"' + "".join(c if c >= " " and c != "\x7f" else f"\\u{ord(c):04x}" for c in escaped) + '"'
    )


def inside(text: str) -> str:
    """A text inside a condition."""
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"
