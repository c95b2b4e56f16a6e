"""Reads JSON and JSON Lines: objects of the same kind as a table, others as `path: value`."""

import json
from collections.abc import Iterator
from typing import Any

from api.adapters.parsing.records.objects import value_blocks
from api.adapters.parsing.text.decoding import decode
from api.adapters.parsing.text_builder import DocumentText
from api.services.parsing.errors import UnreadableDocument
from api.services.parsing.parser import JSON, JSON_LINES, ParsedDocument, ParseLimits


def parse_json(data: bytes, limits: ParseLimits) -> ParsedDocument:
    """One JSON value, or one in each line. Raises `UnreadableDocument` with the place that is wrong."""
    source = decode(data)
    try:
        return _parsed(_loaded(source), JSON, limits)
    except json.JSONDecodeError as error:
        if error.msg == "Extra data":  # a value ends before the text does: perhaps one in each line
            return _parsed(list(_lines(source)), JSON_LINES, limits)
        raise UnreadableDocument(_complaint(error, error.lineno)) from error


def parse_json_lines(data: bytes, limits: ParseLimits) -> ParsedDocument:
    """One JSON value in each line, or one JSON value over all lines."""
    source = decode(data)
    try:
        return _parsed(list(_lines(source)), JSON_LINES, limits)
    except UnreadableDocument:
        try:
            whole = _loaded(source)
        except json.JSONDecodeError:
            whole = None
        if whole is None:
            raise
        return _parsed(whole, JSON, limits)


def _parsed(value: Any, content_type: str, limits: ParseLimits) -> ParsedDocument:
    text = DocumentText(limits)
    for block in value_blocks(value):
        text.add(block)
    return text.parsed(content_type, empty="The JSON document has no values.")


def _loaded(source: str) -> Any:
    """Numbers stay as they are written: 5.00 is not 5.0, and a long number is not a float."""
    return json.loads(source, parse_float=str, parse_int=str, parse_constant=str)


def _lines(source: str) -> Iterator[Any]:
    for number, line in enumerate(source.splitlines(), 1):
        if line.strip():
            try:
                yield _loaded(line)
            except json.JSONDecodeError as error:
                raise UnreadableDocument(_complaint(error, number)) from error


def _complaint(error: json.JSONDecodeError, line: int) -> str:
    return (
        f"This is not valid JSON: {error.msg} in line {line:,}, column {error.colno:,}. Correct it, or name the file "
        ".txt to store it as plain text."
    )
