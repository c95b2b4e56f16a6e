"""Nested values (of JSON) as blocks of text."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from api.adapters.parsing.records.table import one_line, row_block, table_blocks
from api.adapters.parsing.text_builder import Block, Row

MOST_COLUMNS = 40
"""Objects with more names than this are written one by one."""
LEAST_FILLED = 0.5
"""So are objects of which fewer of the cells would be filled."""
HEADING_LEVELS = 6

Fields = dict[str, str]


def value_blocks(value: Any, level: int = 1) -> Iterator[Block]:
    """The blocks of a value. `level`: of the headings, which are the names of lists and objects."""
    if isinstance(value, Mapping):
        yield from _object(value, level)
    elif isinstance(value, list):
        yield from _list(value, level)
    elif value is not None:
        yield Block(scalar(value))


def _object(value: Mapping[str, Any], level: int) -> Iterator[Block]:
    """Plain values together as `name: value`, then each object, and each list of objects under its name as heading."""
    if _is_index(value):
        yield from _list(_with_keys(value), level)
        return
    plain = {name: inner for name, inner in value.items() if not isinstance(inner, Mapping)}
    plain = {name: inner for name, inner in plain.items() if not _has_list_of_objects(inner)}
    yield from _fields_block(fields(plain))
    for name, inner in value.items():
        if _has_list_of_objects(inner) or (isinstance(inner, Mapping) and _is_index(inner)):
            yield Block(one_line(name), level=min(level, HEADING_LEVELS))
            yield from value_blocks(inner, level + 1)
        elif isinstance(inner, Mapping):
            yield from _fields_block(fields({name: inner}))


def _is_index(value: Mapping[str, Any]) -> bool:
    """Whether it holds objects of the same kind by their keys."""
    if len(value) < 2 or not all(isinstance(inner, Mapping) for inner in value.values()):
        return False
    return _is_table([fields(inner) for inner in value.values()])


def _with_keys(value: Mapping[str, Any]) -> list[Any]:
    """The objects with their keys, under a name that none of them has."""
    taken = {name for inner in value.values() for name in inner}
    column = next(name for name in ("key", "id", "_key", "_id", "") if name not in taken or not name)
    return [{column: key, **inner} for key, inner in value.items()]


def _list(values: list[Any], level: int) -> Iterator[Block]:
    if _is_grid(values):
        yield from table_blocks([[scalar(cell) for cell in row] for row in values])
        return
    if not all(isinstance(value, Mapping) for value in values):
        for value in values:
            yield from value_blocks(value, level) if _is_nested(value) else [Block(f"- {scalar(value)}", tight=True)]
        return
    if any(_has_list_of_objects(inner) for value in values for inner in value.values()):
        for value in values:
            yield from _object(value, level)
        return
    rows = [fields(value) for value in values]
    yield from _table(rows) if _is_table(rows) else (block for row in rows for block in _fields_block(row))


def _is_grid(values: list[Any]) -> bool:
    """Whether it is rows of cells: lists of plain values, at least two of them with several."""
    rows = [value for value in values if isinstance(value, list) and not any(map(_is_nested, value))]
    return len(rows) == len(values) and sum(len(row) > 1 for row in rows) > 1


def _is_table(rows: list[Fields]) -> bool:
    columns = {name for row in rows for name in row}
    if len(rows) < 2 or not 2 <= len(columns) <= MOST_COLUMNS:
        return False
    return sum(map(len, rows)) >= LEAST_FILLED * len(rows) * len(columns)


def _table(rows: Iterable[Fields]) -> Iterator[Block]:
    """The header names every field, in the order in which they first appear."""
    rows = list(rows)
    columns = list({name: None for row in rows for name in row})
    yield row_block(columns, Row.HEADER, first=True)
    for row in rows:
        if any(row.values()):
            yield row_block((one_line(row.get(name, "")) for name in columns), Row.BODY, first=False)


def _fields_block(found: Fields) -> Iterator[Block]:
    """One paragraph for one object; values of several lines keep them."""
    lines = [f"{name}: {value}" for name, value in found.items() if value]
    if lines:
        separator = "\n" if any("\n" in line for line in lines) else "; "
        yield Block(separator.join(lines))


def fields(value: Mapping[str, Any], prefix: str = "") -> Fields:
    """`path: value` of all that is in an object: `address.city`, and lists of plain values on one line."""
    found: Fields = {}
    for name, inner in value.items():
        path = prefix + one_line(name)
        if isinstance(inner, Mapping):
            found |= fields(inner, f"{path}.")
        elif isinstance(inner, list):
            found |= _list_fields(inner, path)
        else:
            found[path] = scalar(inner)
    return found


def _list_fields(values: list[Any], path: str) -> Fields:
    if not any(_is_nested(value) for value in values):
        return {path: ", ".join(map(scalar, values))}
    return fields({str(number): value for number, value in enumerate(values, 1)}, f"{path}.")


def _has_list_of_objects(value: Any) -> bool:
    """Whether it is a list of objects, or an object with one anywhere in it."""
    if isinstance(value, list):
        objects = bool(value) and all(isinstance(inner, Mapping) for inner in value)
        return objects and (len(value) > 1 or any(map(_has_list_of_objects, value)))
    return isinstance(value, Mapping) and any(map(_has_list_of_objects, value.values()))


def _is_nested(value: Any) -> bool:
    return isinstance(value, Mapping | list)


def scalar(value: Any) -> str:
    """As it is written in JSON, without quotation marks."""
    if isinstance(value, str):
        return value.strip()
    return {None: "", True: "true", False: "false"}[value]
