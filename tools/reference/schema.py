"""Generate the plugin's schema, for every Pulumi language, from the public Python classes and their docstrings.

python -m tools.reference.schema            write the schema
python -m tools.reference.schema --check    exit with 1 if the schema is out of date; write nothing
"""

from __future__ import annotations

import argparse
import functools
import inspect
import json
import re
import sys
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Any

import digicert_pulumi as digicert
from digicert_pulumi._version import VERSION
from digicert_pulumi.runtime.setting_names import SETTINGS
from digicert_pulumi.text.case import camel_case, snake_case
from tools.reference import reference

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from digicert_pulumi.resources.fields import Field

FILE = Path(digicert.__file__).parent / "native" / "schema.json"

_REASON_AND_DECISION = {
    "revocationReason": digicert.RevocationReason,
    "decision": digicert.Decision,
}
"""The inputs that are enumerations."""

_PLAIN = {"int": "integer", "str": "string", "bool": "boolean", "float": "number"}

_RESULTS = (
    digicert.GetOrderResult,
    digicert.GetCertificatesResult,
    digicert.ListOrdersResult,
    digicert.FindOrdersResult,
)
"""The result types, which are part of the functions in the schema."""

_SETTING_TYPES = {
    "requestTimeout": "number",
    "retryTimeout": "number",
    "settleTimeout": "number",
    "requestsPerMinute": "number",
    "batchReads": "boolean",
    "requireReview": "boolean",
}


def schema() -> dict[str, Any]:
    """Return the schema."""
    settings = _settings()
    return {
        "name": "digicert",
        "displayName": "DigiCert CertCentral revocations",
        "version": VERSION,
        "description": "Revoke the certificates of a DigiCert CertCentral order: reviewed in the preview, sent once, provable afterwards.",
        "keywords": [
            "pulumi",
            "digicert",
            "certcentral",
            "certificate",
            "revocation",
            "category/infrastructure",
        ],
        "license": "Apache-2.0",
        "meta": {"moduleFormat": "(.*)"},
        "language": {
            "nodejs": {"respectSchemaVersion": True},
            "python": {"respectSchemaVersion": True, "pyproject": {"enabled": True}},
            "go": {"respectSchemaVersion": True, "generateResourceContainerTypes": True},
            "csharp": {"respectSchemaVersion": True},
        },
        "config": {"variables": settings},
        "provider": {
            "description": _text(reference.doc(digicert.Provider).partition("## Example")[0]),
            "inputProperties": settings,
        },
        "types": {_token(each.__name__): _type(each) for each in reference.TYPES if each not in _RESULTS},
        "resources": {
            _token(resource.__name__): _resource(resource, arguments, fields)
            for resource, arguments, fields in reference.RESOURCES.values()
        },
        "functions": {_token(camel_case(each.__name__)): _function(each) for each in reference.FUNCTIONS},
    }


def _settings() -> dict[str, Any]:
    meaning = _arguments(digicert.Provider.__init__)
    settings: dict[str, Any] = {
        name: {"type": _SETTING_TYPES.get(name, "string"), "description": _text(meaning[snake_case(name)])}
        for name in SETTINGS
    }
    settings["apiKey"]["secret"] = True
    return settings


def _resource(resource: type, arguments: type, fields: Mapping[str, Field]) -> dict[str, Any]:
    inputs = {
        camel_case(each.name): {**_input_type(fields[camel_case(each.name)]), "description": _text(each.text)}
        for each in reference.properties(arguments)
    }
    outputs, required = _members(resource)
    return {
        "description": _text(reference.doc(resource).partition("## Example")[0]),
        "properties": outputs | inputs,
        "required": sorted(required),
        "inputProperties": inputs,
        "requiredInputs": sorted(field.name for field in fields.values() if field.required),
        "aliases": [{"type": f"pulumi-python:dynamic/digicert:{resource.__name__}"}],
    }


def _input_type(field: Field) -> dict[str, Any]:
    if field.name in _REASON_AND_DECISION:
        return {"$ref": f"#/types/{_token(_REASON_AND_DECISION[field.name].__name__)}"}
    if field.type is list:
        return {"type": "array", "items": {"type": "string"}}
    return {"type": _PLAIN[field.type.__name__]}


def _type(class_: type) -> dict[str, Any]:
    description = _text(reference.doc(class_))
    if issubclass(class_, Enum):
        values = [
            {"name": _pascal(member.name), "value": member.value, "description": _text(text)}
            for member, text in zip(class_, _member_texts(class_), strict=True)
        ]
        return {"description": description, "type": "string", "enum": values}
    properties, required = _members(class_)
    return {
        "description": description,
        "type": "object",
        "properties": properties,
        "required": sorted(required),
    }


def _member_texts(class_: type) -> list[str]:
    return [each.text for each in reference.properties(class_)]


def _members(class_: type) -> tuple[dict[str, Any], list[str]]:
    """Return the properties of a class and its bases, and the names of the required ones."""
    properties, required = {}, []
    for base in reversed(class_.__mro__):
        if base.__module__.partition(".")[0] != "digicert_pulumi" or base.__name__ in {
            "Declared",
            "Reviewed",
        }:
            continue
        for each in reference.properties(base):
            annotation = re.sub(r"^pulumi\.Output\[(.*)\]$", r"\1", each.type)
            name = camel_case(each.name)
            properties[name] = {**_annotated(annotation), "description": _text(each.text)}
            if not annotation.endswith("| None"):
                required.append(name)
    return properties, required


def _annotated(annotation: str) -> dict[str, Any]:
    annotation = annotation.removesuffix(" | None")
    if item := re.fullmatch(r"(?:list|Sequence)\[(.*)\]", annotation):
        return {"type": "array", "items": _annotated(item[1])}
    if " | " in annotation:
        return {"oneOf": [_annotated(each) for each in annotation.split(" | ")]}
    if annotation in _PLAIN:
        return {"type": _PLAIN[annotation]}
    return {"$ref": f"#/types/{_token(annotation)}"}


def _function(function: Callable[..., object]) -> dict[str, Any]:
    meaning = _arguments(function)
    parameters = [each for each in inspect.signature(function).parameters.values() if each.name != "opts"]
    properties: dict[str, Any] = {
        camel_case(each.name): {
            **_annotated(str(each.annotation).replace("int | str", "int")),
            "description": _text(meaning[each.name]),
        }
        for each in parameters
    }
    result = getattr(digicert, str(inspect.signature(function).return_annotation))
    outputs, required = _members(result)
    return {
        "description": _text(reference.doc(function).partition("\n\nArgs:")[0]),
        "inputs": {
            "type": "object",
            "properties": properties,
            "required": [
                camel_case(each.name) for each in parameters if each.default is inspect.Parameter.empty
            ],
        },
        "outputs": {
            "description": _text(reference.doc(result)),
            "type": "object",
            "properties": outputs,
            "required": sorted(required),
        },
    }


def _arguments(function: Callable[..., object]) -> dict[str, str]:
    """Return the description of each argument in a docstring."""
    section = reference.doc(function).partition("Args:\n")[2].partition("\n\n")[0]
    return {
        name: " ".join(text.split())
        for name, text in re.findall(r"^ {4}(\w+): (.*(?:\n {5,}.*)*)", section, re.MULTILINE)
    }


def _text(text: str) -> str:
    """Return a docstring's text with names and terms that fit every language."""
    text = re.sub(r"\bNone (?=if|before|for)", "Unset ", text.strip())
    text = text.replace("; Unset ", "; unset ").replace("; else None", "; else unset")
    return re.sub(
        r"`(\w+_\w+)`", lambda found: f"`{camel_case(found[1])}`" if found[1] in _names() else found[0], text
    )


@functools.cache
def _names() -> set[str]:
    """Return the Python names that are spelled in camel case in the schema."""
    classes = [*reference.TYPES, *(each for about in reference.RESOURCES.values() for each in about[:2])]
    parameters: list[str] = [
        name
        for each in (*reference.FUNCTIONS, digicert.Provider.__init__)
        for name in inspect.signature(each).parameters
    ]
    return {name for each in classes for name in inspect.get_annotations(each)} | {
        *parameters,
        *(each.__name__ for each in reference.FUNCTIONS),
    }


def _token(name: str) -> str:
    return f"digicert:index:{name}"


def _pascal(name: str) -> str:
    return "".join(word.capitalize() for word in name.split("_"))


def main() -> int:
    """Write the schema, or check it."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--check", action="store_true", help="only check whether the schema is up to date")
    check = parser.parse_args().check
    text = json.dumps(schema(), indent=2, ensure_ascii=False) + "\n"
    if FILE.exists() and FILE.read_text(encoding="utf-8") == text:
        return 0
    if check:
        sys.stderr.write(f"{FILE.name} of the plugin is out of date; run `make reference`\n")
        return 1
    FILE.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
