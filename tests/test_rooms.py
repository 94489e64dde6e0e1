"""Which room may know of which: golem puts views together, views speak to models, models speak to nobody."""

import ast
from functools import cache
from pathlib import Path

import pytest

HERE = Path(__file__).parent.parent
OURS = {"golem", "hosting", "journal", "views", "models", "payments", "mail", "demo"}
WEB = {
    "flask",
    "flask_login",
    "flask_limiter",
    "flask_wtf",
    "htmx_flask",
    "jinja2",
    "jinja2_fragments",
    "markupsafe",
    "werkzeug",
    "wtforms",
    "waitress",
    "stripe",
    "smtplib",
    "email",
    "http",
    "urllib",
    "socket",
}


def files(room):
    """The Python files of a room, which is one file or a folder of them."""
    single = HERE / f"{room}.py"
    return [single] if single.exists() else sorted((HERE / room).rglob("*.py"))


@cache
def tree(path):
    return ast.parse(path.read_text(encoding="utf-8"), str(path))


def imports(path):
    """The packages that a file imports, at its top or within a function; those of its own room left out."""
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            yield from (name.name.split(".")[0] for name in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level:
            yield node.module.split(".")[0]


def named(paths):
    return [pytest.param(path, id=str(path.relative_to(HERE))) for path in paths]


def test_the_rooms_are_where_the_design_says():
    assert files("golem")
    assert len(files("models")) > 1
    assert len(files("views")) > 1


@pytest.mark.parametrize(
    ("room", "may_know"),
    [
        ("models", set()),
        ("payments", {"models"}),
        ("journal", set()),
        ("mail", {"models", "journal"}),
        ("views", {"models", "payments", "journal", "mail"}),
        ("hosting", {"models", "payments", "journal", "mail", "demo"}),
        ("golem", {"models", "views", "mail", "payments", "journal", "hosting"}),
    ],
)
def test_a_room_knows_only_those_below_it(room, may_know):
    for path in files(room):
        assert set(imports(path)) & OURS - {room} <= may_know, path


@pytest.mark.parametrize("path", named(files("models")))
def test_the_models_know_no_web_no_mail_and_no_payments(path):
    assert not set(imports(path)) & WEB


@pytest.mark.parametrize(("package", "file"), [("stripe", "payments/gateway.py"), ("smtplib", "mail.py")])
def test_one_file_alone_speaks_to_the_outside(package, file):
    speaking = [path for name in OURS for path in files(name) if package in set(imports(path))]

    assert speaking == [HERE / file] if (HERE / file).exists() else not speaking


@pytest.mark.parametrize("path", named(files("models")))
def test_the_models_look_up_no_current_user(path):
    assert not [node for node in ast.walk(tree(path)) if isinstance(node, ast.Name) and node.id == "current_user"]


# What a view does not do itself

WRITING = {
    "save",
    "create",
    "insert",
    "insert_many",
    "update",
    "delete",
    "delete_instance",
    "execute",
    "execute_sql",
    "get_or_create",
    "atomic",
}
# What has a method of such a name without being a record.
HARMLESS = {
    ("context", "update"),
    ("vary", "update"),
    ("headers", "update"),
    ("config", "update"),
    ("globals", "update"),
    ("filters", "update"),
}
OWN = {"self", "g", "session", "app", "request", "response", "policy", "form", "field"}


@pytest.mark.parametrize("path", named(files("views")))
def test_a_view_writes_nothing_past_the_verbs(path):
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in WRITING:
            assert (last_name(node.func.value), node.func.attr) in HARMLESS, where(path, node)


@pytest.mark.parametrize("path", named(files("views")))
def test_a_view_assigns_to_no_record(path):
    for node in ast.walk(tree(path)):
        targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
        for target in targets:
            if isinstance(target, ast.Attribute):
                assert first_name(target) in OWN, where(path, node)


def last_name(node):
    return node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")


def first_name(node):
    while isinstance(node, ast.Attribute):
        node = node.value
    return getattr(node, "id", "")


def where(path, node):
    return f"{path.relative_to(HERE)}:{node.lineno} {ast.unparse(node)}"


def test_no_two_files_of_the_tests_have_the_same_name():
    names = [path.name for path in (HERE / "tests").rglob("*.py") if path.name not in ("conftest.py", "__init__.py")]

    assert sorted(set(names)) == sorted(names)
