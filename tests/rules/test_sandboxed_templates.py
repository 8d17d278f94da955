"""A task's text is a template of an admin, and never a program."""

from __future__ import annotations

import pytest

from rules.templates import TemplateFault, compile_template


@pytest.mark.parametrize(
    "source",
    [
        "{{ ''.__class__ }}",
        "{{ contact.__class__ }}",
        "{{ contact.name.__class__.__mro__ }}",
        "{{ contact['__class__'] }}",
        "{{ contact.name | attr('__class__') }}",
        "{{ contact.name.format(1) }}",
        "{% for contact in contact.name %}x{% endfor %}",
        "{{ contact.name * 9 }}",
        "{{ lipsum() }}",
        "{{ self }}",
        "{{ config }}",
        "{% include '/etc/passwd' %}",
        "{% import 'os' as os %}",
        "{% macro x() %}{% endmacro %}",
        "{% set x = contact %}",
        "{% for i in range(1000000000) %}x{% endfor %}",
        "{{ range(1000000000) | list }}",
        "{{ 'a' * 1000000000 }}",
        "{{ 9 ** 9 ** 9 }}",
        "{{ '%1000000000d' | format(1) }}",
        "{{ contact.name | center(1000000000) }}",
    ],
)
def test_what_is_more_than_values_filters_and_if_is_refused_before_it_runs(source: str) -> None:
    with pytest.raises(TemplateFault):
        compile_template(source)
