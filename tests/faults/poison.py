"""Messages that a sender may send by mistake or in malice, each with what must become of it.

`Message.fate` is the beginning of a reason; GOOD for a record that must be accepted, and None where either will do.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.spark_jobs.landed import turn

GOOD = ""
NOT_JSON = ("not_json: ", "not_utf8: ")
NESTED = "cannot_type: notes is not string: it is an object or a list"
DEEP, MEGA = 100_000, 1024 * 1024


@dataclass(frozen=True)
class Message:
    """`fate`: the beginnings that one of its reasons may have."""

    name: str
    value: bytes | None
    fate: tuple[str, ...] | str | None


def event(**fields: str | bytes) -> bytes:
    """A good reading with more fields, given as JSON text, in its middle."""
    parts = {"reading_id": '"r"', **fields, "measured_at": '"2025-03-24T07:15:03Z"'}
    texts = {name: text if isinstance(text, bytes) else text.encode() for name, text in parts.items()}
    return b"{" + b", ".join(b'"%s": %s' % (name.encode(), text) for name, text in texts.items()) + b"}"


def of_suite(files: list[Path]) -> Iterator[Message]:
    """Each document alone, as a field that nobody asked for, and as the value of a text of the contract."""
    for file in files:
        document = file.read_bytes()
        is_good, value = file.name.startswith("y_"), None
        alone: str | tuple[str, ...] = NOT_JSON
        as_text: str | tuple[str, ...] = NOT_JSON
        if is_good:
            value = json.loads(document)
            alone = "missing: " if isinstance(value, dict) else NOT_JSON[0]
            as_text = NESTED if isinstance(value, dict | list) else GOOD
            as_text = "cannot_type: notes" if isinstance(value, str) and "\0" in value else as_text
        yield Message(f"{file.name} alone", document, alone)
        yield Message(f"{file.name} as an unknown field", event(extra=document), GOOD if is_good else NOT_JSON)
        yield Message(f"{file.name} as a text", event(notes=document), as_text)


def of_our_own() -> list[Message]:
    """What no suite holds: depth, size, numbers, texts that are none, and what readers may judge as they like."""
    nest, nested_objects = "[" * DEEP + "]" * DEEP, '{"a":' * DEEP + "1" + "}" * DEEP
    double, int_ = "cannot_type: value is not double", "cannot_type: heart_rate_bpm is not int"
    return [
        Message("tombstone", None, "tombstone: "),
        Message("nothing", b"", NOT_JSON),
        Message("NUL", b"\0" * 100, NOT_JSON),
        Message("NUL behind an event", event() + b"\0", NOT_JSON),
        Message("NUL in an unknown text", event(extra='"a\\u0000b"'), GOOD),
        Message("no UTF-8", b"\xff\xfe\x00 not text", "not_utf8: "),
        Message("UTF-16", event().decode().encode("utf-16"), "not_utf8: "),
        Message("an end mark of ours", event() + b',{"_end":"0"}', NOT_JSON),
        Message("100,000 brackets", b"[" * DEEP, NOT_JSON),
        Message("100,000 deep list", event(extra=nest), NOT_JSON),
        Message("100,000 deep object", event(extra=nested_objects), NOT_JSON),
        Message("100,000 deep text", event(notes=nest), NOT_JSON),
        Message("900 deep", event(extra=nest[:900] + nest[-900:]), GOOD),
        Message("a key twice in a text", event(notes='{"a": 1, "a": 2}'), NESTED),
        Message("integer beyond 64 bits", event(heart_rate_bpm="18446744073709551616"), int_),
        Message("number beyond 64 bits", event(value="123456789012345678901234567890"), "value_is_a_number: "),
        Message("number beyond a double", event(value="1e400"), double),
        Message("exponent beyond 64 bits", event(value="1e99999999999999999999"), double),
        Message("unknown number beyond all", event(extra="-1" + "0" * 500), GOOD),
        Message("number of 2,000 digits", event(extra="9" * 2000), None),
        Message("half a surrogate pair", event(notes='"\\ud800"'), None),
        Message("BOM", b"\xef\xbb\xbf" + event(), None),
        Message("10 MB text", event(notes='"' + "x" * (10 * MEGA - 100) + '"'), GOOD),
        Message("10 MB list", event(notes="[" + "1," * (5 * MEGA - 100) + "1]"), NESTED),
        Message("10 MB of digits", event(value='"' + "9" * (10 * MEGA - 100) + '"'), double),
        Message("10 MB of noise", b"\xff" * 10 * MEGA, "not_utf8: "),
    ]


_FRAME = turn()[:5]
_TWO_GIGABYTES, _PETABYTES = b"\xfe\xff\xff\xff\x0f", b"\xfe\xff\xff\xff\xff\xff\xff\x0f"


def of_avro() -> list[Message]:
    """Frames, schemas and bodies that are not what they say; texts that claim a length which nobody has."""
    not_avro = "not_avro: body is not of schema 1"
    return [
        Message("good", turn(), GOOD),
        Message("10 MB text", turn(text="x" * (10 * MEGA - 1000)), GOOD),
        Message("tombstone", None, "tombstone: "),
        Message("nothing", b"", "not_avro: no magic byte"),
        Message("JSON", b'{"event_id": "e1"}', "not_avro: no magic byte"),
        Message("unknown schema", turn(schema_id=99), "unknown_schema: id 99"),
        Message("schema id of a negative number", turn(schema_id=2**32 - 1), "unknown_schema: id 4294967295"),
        Message("cut short", turn()[:9], not_avro),
        Message("no body", _FRAME, not_avro),
        Message("a length of 2 GB", _FRAME + _TWO_GIGABYTES + b"abc", not_avro),
        Message("a length of petabytes", _FRAME + _PETABYTES + b"abc", not_avro),
        Message("a length below zero", _FRAME + b"\x03abc", not_avro),
        Message("a number without end", _FRAME + b"\xff" * 20, not_avro),
        Message("no UTF-8", turn(event_id="????").replace(b"????", b"\xff\xfe\xff\xfe"), None),
    ]
