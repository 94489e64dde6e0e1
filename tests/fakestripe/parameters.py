"""Parameters as the stripe package describes them, so that upgrading the package checks us anew."""

import importlib
import re
import types
from functools import cache
from typing import Literal, NotRequired, Required, Union, get_args, get_origin, get_type_hints
from urllib.parse import urlsplit

from pydantic import ConfigDict, TypeAdapter, ValidationError
from typing_extensions import TypedDict, is_typeddict

from .answers import Refusal

WRONG = {"extra_forbidden": "parameter_unknown", "missing": "parameter_missing"}  # Pydantic's word, and Stripe's.
LONGEST = {"client_reference_id": 200, "custom_text": 1200, "metadata": 500, "product_data": 250}


def checked(asked, shape):
    """The parameters in their types, as the stripe package describes them, within Stripe's limits."""
    if not shape:
        raise Refusal(404, f"Unrecognized request URL ({asked.path}).", code="url_invalid")
    try:
        params = rules(shape).validate_python(asked.params)
    except ValidationError as problem:
        wrong = min(problem.errors(), key=lambda one: list(WRONG).index(one["type"]) if one["type"] in WRONG else 9)
        param = ".".join(map(str, wrong["loc"]))
        code = WRONG.get(wrong["type"], "parameter_invalid")
        raise Refusal(400, f"{wrong['msg']}: {param}", code=code, param=param) from problem
    check_limits(params)
    return params


def nested(pairs):
    """a[b][0]=c as {"a": {"b": ["c"]}}"""
    found = {}
    for name, value in pairs:
        *rooms, last = re.findall(r"[^\[\]]+", name)
        place = found
        for room in rooms:
            place = place.setdefault(room, {})
        place[last] = value
    return with_lists(found)


def with_lists(found):
    if not isinstance(found, dict):
        return found
    if found and all(name.isdigit() for name in found):
        return [with_lists(value) for value in found.values()]
    return {name: with_lists(value) for name, value in found.items()}


@cache
def rules(name):
    """Checks parameters as one of the stripe package's TypedDicts describes them."""
    room, _, shape = name.rpartition(".")
    return TypeAdapter(closed(getattr(importlib.import_module(f"stripe.params.{room}".rstrip(".")), shape)))


@cache
def closed(hint):
    """The same type with nothing in it that is not named, and where words are listed, no other words."""
    if is_typeddict(hint):
        shape = TypedDict(hint.__name__, {name: closed(field) for name, field in fields(hint).items()})
        shape.__pydantic_config__ = ConfigDict(extra="forbid")
        return shape
    kind, inside = get_origin(hint), get_args(hint)
    if kind in (Union, types.UnionType):
        return closed_union(inside)
    if kind in (Required, NotRequired, list, dict):
        return kind[tuple(closed(one) for one in inside)] if len(inside) > 1 else kind[closed(inside[0])]
    return hint


def closed_union(inside):
    """Stripe's listed words are annotated as `Literal[…] | str`, for those that later versions bring: refuse these."""
    inside = [one for one in inside if getattr(get_origin(one), "__name__", "") != "UntypedStripeObject"]
    listed = any(get_origin(one) is Literal and any(get_args(one)) for one in inside)
    return Union[tuple(closed(one) for one in inside if not (listed and one is str))]  # noqa: UP007


def fields(shape):
    """The annotations of a TypedDict; those that only tell the package how to ask are left out."""
    from stripe._request_options import RequestOptions

    options = RequestOptions.__annotations__ if RequestOptions in getattr(shape, "__orig_bases__", ()) else {}
    own = {name: hint for name, hint in shape.__annotations__.items() if name not in options}
    holder = type(shape.__name__, (), {"__annotations__": own, "__module__": shape.__module__})
    return get_type_hints(holder, include_extras=True)


def check_limits(value, name="", longest=5000):
    """No text is empty or too long, and addresses are addresses."""
    if isinstance(value, dict):
        for inner, one in value.items():
            check_limits(one, f"{name}[{inner}]" if name else inner, LONGEST.get(inner, longest))
    elif isinstance(value, list):
        for one in value:
            check_limits(one, name, longest)
    elif value == "":
        raise Refusal(400, f"You passed an empty string for '{name}'.", code="parameter_invalid_empty", param=name)
    elif isinstance(value, str) and len(value) > longest:
        raise Refusal(400, f"'{name}' is longer than {longest}.", code="parameter_invalid_string_long", param=name)
    elif name.endswith(("_url", "_url]")) and not urlsplit(value).netloc:
        raise Refusal(400, f"Not a valid URL: {name}", code="url_invalid", param=name)
