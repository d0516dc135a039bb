"""What reports share: the templates that every package can extend."""

import re

import pytest

from f2a_page.report import environment

PACKAGES = ["f2a_inspect.report", "f2a_train.experiments"]


@pytest.mark.parametrize("package", PACKAGES)
def test_every_report_extends_the_one_page(package: str) -> None:
    made = environment(package)
    names = {name for name in made.list_templates() if name.endswith(".html.j2")}
    assert {"page.html.j2", "charts.html.j2"} <= names
    own = [made.get_template(name) for name in ("report.html.j2", "experiments.html.j2") if name in names]
    assert [set(template.blocks) for template in own] == [{"title", "style", "header", "main"}]


def test_the_page_forbids_what_is_not_in_it_and_values_cannot_break_out() -> None:
    made = environment("f2a_inspect.report")
    child = '{% extends "page.html.j2" %}{% block title %}{{ name }}{% endblock %}'
    page = made.from_string(child).render(name="</title><script>\u202e\x07")
    assert "default-src 'none'; img-src data:; style-src 'unsafe-inline'" in page
    assert "<title>&lt;/title&gt;&lt;script&gt;\ufffd\ufffd</title>" in page
    assert not re.search(r"""(src|href)=["']?http""", page)
