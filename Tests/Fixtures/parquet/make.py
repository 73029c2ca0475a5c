"""Writes the Parquet files of this folder and what pyarrow reads from them (expected.json).

    python make.py                      # the fixtures
    python make.py FOLDER expected.json # what pyarrow reads from all .parquet files below FOLDER

Rows are Python's repr of to_pylist(), with dates, times, decimals and bytes as their str.
"""

import datetime
import decimal
import gzip
import json
import os
import struct
import sys

import numpy
import pyarrow as pa
import pyarrow.parquet as pq

HERE = os.path.dirname(os.path.abspath(__file__))


# Read by the specification where pyarrow does not: levels packed from the highest bit, and
# enumerations as text. What is expected of the first file is what pyarrow reads from the second.
TWINS = {"old-levels.parquet": "old-lists.parquet", "enumeration.parquet": "text.parquet"}


# What pyarrow reads ------------------------------------------------------------------------------


def present(value):
    if isinstance(value, dict):
        return {key: present(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return type(value)(present(item) for item in value)
    if isinstance(value, numpy.floating):
        return float(value)
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    return str(value)


def expected(path):
    try:
        # Microseconds: nanoseconds overflow for dates far away.
        table = pq.read_table(path, coerce_int96_timestamp_unit="us")
    except Exception as error:
        return {"error": str(error).split("\n")[0]}
    rows = []
    for index in range(len(table)):
        try:
            rows.append(repr(present(table.slice(index, 1).to_pylist()[0])))
        except (OverflowError, ValueError):  # A date that Python does not have.
            rows.append(None)
    return {"rows": rows}


def expect(folder, output):
    result = {}
    for path, _, names in os.walk(folder):
        for name in names:
            if name.endswith(".parquet") and not name.startswith(("bomb-", "unsigned")):
                file = os.path.join(path, name)
                result[os.path.relpath(file, folder)] = expected(file)
    for name, twin in TWINS.items():
        if name in result:
            result[name] = result[twin]
    # The same rows in several files are written once.
    first = {}
    for name in sorted(result):
        known = first.setdefault(json.dumps(result[name]), name)
        if known != name:
            result[name] = {"as": known}
    with open(output, "w") as file:
        json.dump(result, file, ensure_ascii=False, indent=0, sort_keys=True)
        file.write("\n")


# Files by pyarrow --------------------------------------------------------------------------------

NAMES = ["Ember Rock", "Hollow Vale", "Low Tide", "Brück", "灯台", "Orm", ""]
SENTENCES = [
    "The keeper counts the ships that pass before breakfast.",
    "Kelp dries on the north wall, \"never\" on the south one.",
    "Nobody's boat has come back with an empty net this spring.",
    "Line one\nline two\ttabbed",
]


def quiz(count=40):
    """Rows like a dataset hub's: texts, choices, labels, and gaps."""
    rows = []
    for i in range(count):
        rows.append({
            "id": f"isle-{i:03}",
            "question": SENTENCES[i % 4] + " " + NAMES[i % 7],
            "choices": {
                "text": [NAMES[(i + k) % 7] for k in range(i % 5)],
                "label": ["ABCDE"[k] for k in range(i % 5)],
            } if i % 11 != 7 else None,
            "answer": i % 4 if i % 6 != 5 else None,
            "score": i / 7 if i % 9 else None,
            "open": i % 3 == 0 if i % 5 != 4 else None,
            "paths": [[k * j for k in range(j)] if j != 2 else None for j in range(i % 4)]
            if i % 8 != 3 else None,
            "notes": [(NAMES[k], k) for k in range(i % 3)] if i % 7 != 1 else None,
            "steps": [{"at": k, "say": SENTENCES[k % 4] if k else None} for k in range(i % 3)],
        })
    return pa.Table.from_pylist(rows, schema=pa.schema([
        pa.field("id", pa.string(), nullable=False),
        ("question", pa.string()),
        ("choices", pa.struct([("text", pa.list_(pa.string())), ("label", pa.list_(pa.string()))])),
        ("answer", pa.int64()),
        ("score", pa.float64()),
        ("open", pa.bool_()),
        ("paths", pa.list_(pa.list_(pa.int32()))),
        ("notes", pa.map_(pa.string(), pa.int64())),
        ("steps", pa.list_(pa.struct([("at", pa.int8()), ("say", pa.string())]))),
    ]))


def quizzes():
    for codec in ["none", "snappy", "gzip", "zstd", "brotli", "lz4"]:
        for version in ["1.0", "2.0"]:
            name = f"quiz-{codec}-v{version[0]}.parquet"
            pq.write_table(quiz(), name, compression=codec, data_page_version=version)
    pq.write_table(
        quiz(90), "quiz-small-pages.parquet", compression="zstd", row_group_size=37,
        data_page_size=64, write_batch_size=5, use_dictionary=["question"])
    isles = pa.table({"isle": ["Orm", "Vell", "Brück"]})
    pq.write_table(isles, "checksums.parquet", compression="none", use_dictionary=False,
                   write_page_checksum=True)
    # What only Arrow's own schema says.
    spans = [0, 1, -1, 93_784_000_005, None]
    moments = [0, 1_593_561_600_000_001, -1, 4_102_444_800_000_000, None]
    pq.write_table(pa.table({
        "berlin": pa.array(moments, pa.timestamp("us", "Europe/Berlin")),
        "kolkata": pa.array([[m] for m in moments], pa.list_(pa.timestamp("us", "+05:30"))),
        "west": pa.array([{"at": m, "n": 1} for m in moments],
                         pa.struct([("at", pa.timestamp("us", "America/St_Johns")), ("n", pa.int8())])),
        "utc": pa.array(moments, pa.timestamp("us", "UTC")),
        "seconds": pa.array([0, 90_061, -90_061, 5, None], pa.duration("s")),
        "micros": pa.array(spans, pa.duration("us")),
        "nanos": pa.array(spans, pa.duration("ns")),
        "kind": pa.array(["reef", "bay", "reef", "bay", None]).dictionary_encode(),
        "fixed": pa.array([[1, 2], None, [3, 4], [5, None], [6, 7]], pa.list_(pa.int16(), 2)),
        "large": pa.array([["a"], [], None, ["b", None], ["c"]], pa.large_list(pa.large_string())),
    }), "arrow-types.parquet")
    # Compared as text: beyond 2^63 there is no number for them.
    numbers = pa.array([0, 2**63 - 1, 2**63, 2**64 - 1, None], pa.uint64())
    pq.write_table(pa.table({"n": numbers}), "unsigned.parquet")


def encodings():
    count = 300
    table = pa.table({
        "number": pa.array([i * i * (-1) ** i for i in range(count)], pa.int64()),
        "small": pa.array([None if i % 13 == 0 else i % 50 - 25 for i in range(count)], pa.int32()),
        "wide": pa.array([(-1) ** i * (2**63 - 1 - i) for i in range(count)], pa.int64()),
        "text": pa.array([f"{NAMES[i % 7]} {i // 40}" for i in range(count)]),
        "sorted": pa.array([f"harbour/pier-{i // 10:03}/berth-{i % 10}" for i in range(count)]),
        "code": pa.array([b"%04d" % (i * 37 % 10000) for i in range(count)], pa.binary(4)),
        "single": pa.array([i / 3 for i in range(count)], pa.float32()),
        "double": pa.array([None if i % 17 == 0 else i / 3 for i in range(count)], pa.float64()),
        "split": pa.array([i * 1001 for i in range(count)], pa.int32()),
        "open": pa.array([None if i % 19 == 0 else i // 25 % 2 == 0 for i in range(count)]),
    })
    for version in ["1.0", "2.0"]:
        pq.write_table(
            table, f"encodings-v{version[0]}.parquet", use_dictionary=False, compression="zstd",
            data_page_version=version, column_encoding={
                "number": "DELTA_BINARY_PACKED", "small": "DELTA_BINARY_PACKED",
                "wide": "DELTA_BINARY_PACKED", "text": "DELTA_LENGTH_BYTE_ARRAY",
                "sorted": "DELTA_BYTE_ARRAY", "code": "DELTA_BYTE_ARRAY",
                "single": "BYTE_STREAM_SPLIT", "double": "BYTE_STREAM_SPLIT",
                "split": "BYTE_STREAM_SPLIT", "open": "RLE" if version == "2.0" else "PLAIN",
            })


def types():
    moment = datetime.datetime(2024, 2, 29, 23, 59, 58)
    early = datetime.datetime(1869, 3, 1, 0, 0, 1, 5)
    numbers = [0, 1, -1, 123456789, None]
    table = pa.table({
        "int8": pa.array([0, 127, -128, 5, None], pa.int8()),
        "uint8": pa.array([0, 255, 1, 5, None], pa.uint8()),
        "int16": pa.array([0, 32767, -32768, 5, None], pa.int16()),
        "uint16": pa.array([0, 65535, 1, 5, None], pa.uint16()),
        "uint32": pa.array([0, 2**32 - 1, 1, 5, None], pa.uint32()),
        "uint64": pa.array([0, 2**63 - 1, 1, 5, None], pa.uint64()),
        "half": pa.array([numpy.float16(x) for x in [0, -1.5, 65504, 6e-8, float("inf")]]),
        "single": pa.array([0.1, -0.0, 1e30, float("-inf"), None], pa.float32()),
        "double": pa.array([0.1, 1e16, 1e-5, float("nan"), None], pa.float64()),
        "date": pa.array([moment.date(), early.date(), datetime.date(1, 1, 1),
                          datetime.date(9999, 12, 31), None]),
        "seconds": pa.array([moment, early.replace(microsecond=0), None, moment, moment],
                            pa.timestamp("s")),
        "millis": pa.array([moment, early.replace(microsecond=0), None, moment, moment],
                           pa.timestamp("ms")),
        "micros": pa.array([moment, early, None, moment, moment], pa.timestamp("us", "UTC")),
        "nanos": pa.array([0, -1, 10**18 + 1, 10**18 + 1000, None], pa.timestamp("ns")),
        "clock": pa.array([datetime.time(0), datetime.time(23, 59, 59, 999000),
                           datetime.time(12, 30), None, None], pa.time32("ms")),
        "fineclock": pa.array([datetime.time(0), datetime.time(23, 59, 59, 999999),
                               datetime.time(12, 30), None, None], pa.time64("us")),
        "decimal": pa.array([None if n is None else decimal.Decimal(n).scaleb(-5)
                             for n in numbers], pa.decimal128(12, 5)),
        "tiny": pa.array([None if n is None else decimal.Decimal(n).scaleb(-20)
                          for n in numbers], pa.decimal128(38, 20)),
        "huge": pa.array([decimal.Decimal(-(10**70) - 7), decimal.Decimal(10**75),
                          decimal.Decimal(0), None, None], pa.decimal256(76, 0)),
        "bytes": pa.array([b"", b"plain", b"it's", b"\x00\xff\n\"'", None], pa.binary()),
        "fixed": pa.array([b"abc", b"\\\t\r", b"123", b"xyz", None], pa.binary(3)),
        "nothing": pa.nulls(5),
        "kind": pa.array(["reef", "bay", None, "reef", "reef"]).dictionary_encode(),
        "large": pa.array(["reef", "", None, "bay", "灯"], pa.large_string()),
        "fixedlist": pa.array([[1, 2], [3, 4], None, [5, 6], [7, None]], pa.list_(pa.int16(), 2)),
        "emptied": pa.array([[], None, [], None, []], pa.list_(pa.string())),
        "deep": pa.array([{"a": {"b": None}}, {"a": None}, None, {"a": {"b": [{"c": 1}]}},
                          {"a": {"b": [None]}}]),
    })
    pq.write_table(table, "types.parquet", store_decimal_as_integer=True)
    pq.write_table(
        table.select(["decimal", "tiny", "seconds", "micros"]), "types-old.parquet", version="1.0",
        use_deprecated_int96_timestamps=True)
    pq.write_table(table.slice(0, 0), "no-rows.parquet")


# Files that pyarrow does not write ---------------------------------------------------------------

LIST, MAP, UTF8, ENUM = 3, 1, 0, 4
REQUIRED, OPTIONAL, REPEATED = 0, 1, 2
INT32, BYTE_ARRAY = 1, 6


def varint(n):
    out = b""
    while n >= 0x80:
        out += bytes([n & 0x7F | 0x80])
        n >>= 7
    return out + bytes([n])


def thrift(value):
    """A field's compact type and bytes: int → i32, ("i64", n), str, list, or dict id → value."""
    if isinstance(value, bool):
        return (1 if value else 2), b""
    if isinstance(value, int):
        return 5, varint(value * 2 if value >= 0 else -value * 2 - 1)
    if isinstance(value, tuple):
        return 6, varint(value[1] * 2)
    if isinstance(value, str):
        return 8, varint(len(value.encode())) + value.encode()
    if isinstance(value, list):
        items = [thrift(item) for item in value]
        kind = items[0][0] if items else 12
        head = bytes([len(items) << 4 | kind]) if len(items) < 15 else \
            bytes([0xF0 | kind]) + varint(len(items))
        return 9, head + b"".join(body for _, body in items)
    out, last = b"", 0
    for number, item in sorted(value.items()):
        if item is None:
            continue
        kind, body = thrift(item)
        out += bytes([(number - last) << 4 | kind]) + body
        last = number
    return 12, out + b"\0"


def element(name, repetition=None, type=None, converted=None, children=None):
    return {1: type, 3: repetition, 4: name, 5: children, 6: converted}


def plain(type, values):
    if type == INT32:
        return b"".join(struct.pack("<i", value) for value in values)
    return b"".join(struct.pack("<I", len(v.encode())) + v.encode() for v in values)


def packed_runs(levels, width):
    """Levels as one bit-packed run behind its length."""
    groups = -(-len(levels) // 8)
    bits = sum(level << (i * width) for i, level in enumerate(levels))
    body = varint(groups << 1 | 1) + bits.to_bytes(groups * width, "little")
    return struct.pack("<I", len(body)) + body


def packed_from_highest_bit(levels, width):
    bits = "".join(format(level, f"0{width}b") for level in levels)
    bits += "0" * (-len(bits) % 8)
    return bytes(int(bits[i:i + 8], 2) for i in range(0, len(bits), 8))


def write(name, schema, rows, columns, codec=0, pack=lambda body: body, old_levels=False,
          offset=0, encoding=0, page=None):
    """columns: (path, type, repetition levels, definition levels, values), or `page` as it is."""
    out, chunks = b"PAR1", []
    levels_encoding = 4 if old_levels else 3
    for path, type, repetitions, definitions, values in columns:
        body = b""
        for levels in (repetitions, definitions):
            if levels:
                width = max(levels).bit_length()
                body += (packed_from_highest_bit if old_levels else packed_runs)(levels, width)
        body = page or body + plain(type, values)
        packed = pack(body)
        count = rows if page else len(definitions or values)
        _, header = thrift({1: 0, 2: len(body), 3: len(packed), 5: {
            1: count, 2: encoding, 3: levels_encoding, 4: levels_encoding}})
        start = len(out)
        out += header + packed
        chunks.append({2: ("i64", start), 3: {
            1: type, 2: [0], 3: path.split("."), 4: codec, 5: ("i64", count),
            6: ("i64", len(header) + len(body)), 7: ("i64", len(header) + len(packed)),
            9: ("i64", start), 11: ("i64", offset) if offset is not None else None}})
    total = sum(chunk[3][7][1] for chunk in chunks)
    _, footer = thrift({1: 1, 2: schema, 3: ("i64", rows), 4: [
        {1: chunks, 2: ("i64", total), 3: ("i64", rows)}], 6: "made for this repository"})
    with open(name, "wb") as file:
        file.write(out + footer + struct.pack("<I", len(footer)) + b"PAR1")


def old_lists(name, old_levels):
    """Lists of two levels: of numbers, of structs with one field and with two, and nested."""
    write(name, [
        element("root", children=4),
        element("two", OPTIONAL, None, LIST, 1),
        element("element", REPEATED, INT32),
        element("pairs", OPTIONAL, None, LIST, 1),
        element("pairs_tuple", REPEATED, children=1),
        element("x", REQUIRED, INT32),
        element("nested", OPTIONAL, None, LIST, 1),
        element("array", REPEATED, None, LIST, 1),
        element("array", REPEATED, INT32),
        element("record", OPTIONAL, None, LIST, 1),
        element("bag", REPEATED, children=2),
        element("a", OPTIONAL, INT32),
        element("b", REQUIRED, INT32),
    ], 3, [
        ("two.element", INT32, [0, 1, 0, 0], [2, 2, 1, 0], [1, 2]),
        ("pairs.pairs_tuple.x", INT32, [0, 0, 0, 1], [1, 0, 2, 2], [3, 4]),
        ("nested.array.array", INT32, [0, 2, 1, 0, 0], [3, 3, 3, 2, 0], [5, 6, 7]),
        ("record.bag.a", INT32, [0, 1, 0, 0], [3, 2, 1, 0], [8]),
        ("record.bag.b", INT32, [0, 1, 0, 0], [2, 2, 1, 0], [9, 10]),
    ], old_levels=old_levels)


def by_hand():
    write("repeated.parquet", [
        element("root", children=3),
        element("loose", REPEATED, INT32),
        element("isle", REPEATED, children=1),
        element("name", OPTIONAL, BYTE_ARRAY, UTF8),
        element("kind", REQUIRED, BYTE_ARRAY, UTF8),
    ], 3, [
        ("loose", INT32, [0, 0, 1, 1, 0], [0, 1, 1, 1, 1], [7, 8, 9, -1]),
        ("isle.name", BYTE_ARRAY, [0, 1, 0, 0], [2, 1, 0, 2], ["Orm", "Vell"]),
        ("kind", BYTE_ARRAY, [], [], ["reef", "bay", "reef"]),
    ])
    for name, old_levels in [("old-lists.parquet", False), ("old-levels.parquet", True)]:
        old_lists(name, old_levels)
    for name, converted in [("text.parquet", UTF8), ("enumeration.parquet", ENUM)]:
        write(name, [
            element("root", children=1), element("kind", REQUIRED, BYTE_ARRAY, converted),
        ], 2, [("kind", BYTE_ARRAY, [], [], ["reef", "bay"])])
    write("set.parquet", [
        element("root", children=1),
        element("keys", OPTIONAL, None, MAP, 1),
        element("key_value", REPEATED, children=1),
        element("key", REQUIRED, BYTE_ARRAY, UTF8),
    ], 2, [("keys.key_value.key", BYTE_ARRAY, [0, 1, 0], [2, 2, 1], ["n", "s"])])

    def two_members(body):
        return gzip.compress(body[:5], mtime=0) + gzip.compress(body[5:], mtime=0)

    write("gzip-members.parquet", [
        element("root", children=1), element("name", REQUIRED, BYTE_ARRAY, UTF8),
    ], 3, [("name", BYTE_ARRAY, [], [], ["Orm", "Vell", "Brück"])], codec=2, pack=two_members)

    def lz4_block(body):
        return pa.Codec("lz4_raw").compress(body, asbytes=True)

    def lz4_hadoop(body):
        blocks = [body[:7], body[7:]]
        return b"".join(struct.pack(">II", len(block), len(lz4_block(block))) + lz4_block(block)
                        for block in blocks)

    # Codec 5 with Hadoop's framing, and without as early writers left it.
    for name, pack in [("lz4-hadoop.parquet", lz4_hadoop), ("lz4-unframed.parquet", lz4_block)]:
        write(name, [
            element("root", children=1), element("name", REQUIRED, BYTE_ARRAY, UTF8),
        ], 3, [("name", BYTE_ARRAY, [], [], ["Orm", "Vell", "Brück"])], codec=5, pack=pack)


def deltas(numbers):
    """DELTA_BINARY_PACKED in blocks of 128 numbers, four groups each."""
    def zigzag(n):
        return varint(n * 2 if n >= 0 else -n * 2 - 1)
    out = varint(128) + varint(4) + varint(len(numbers)) + zigzag(numbers[0])
    steps = [after - before for before, after in zip(numbers, numbers[1:])]
    for start in range(0, len(steps), 128):
        block = steps[start:start + 128]
        low = min(block)
        groups = [[step - low for step in block[i:i + 32]] for i in range(0, len(block), 32)]
        widths = [max(group).bit_length() for group in groups]
        out += zigzag(low) + bytes(widths + [0] * (4 - len(widths)))
        for group, width in zip(groups, widths):
            bits = sum(step << (i * width) for i, step in enumerate(group))
            out += bits.to_bytes(4 * width, "little")
    return out


def bombs():
    """A few bytes that stand for gigabytes; not read by pyarrow."""
    def zstd(body):
        return pa.Codec("zstd").compress(body, asbytes=True)
    root = element("root", children=1)
    run = varint(2**30 << 1) + b"\0"
    write("bomb-nulls.parquet", [root, element("a", OPTIONAL, INT32)], 2**30, [
        ("a", INT32, [], [], [])], page=struct.pack("<I", len(run)) + run)
    write("bomb-zstd.parquet", [root, element("a", REQUIRED, BYTE_ARRAY, UTF8)], 1, [
        ("a", BYTE_ARRAY, [], [], [])], codec=6, pack=zstd,
        page=struct.pack("<I", 300 << 20) + bytes(300 << 20))
    text, count = 1 << 16, 8000
    write("bomb-prefixes.parquet", [root, element("a", REQUIRED, BYTE_ARRAY, UTF8)], count, [
        ("a", BYTE_ARRAY, [], [], [])], codec=6, pack=zstd, encoding=7,
        page=deltas([0] + [text] * (count - 1)) + deltas([text] + [0] * (count - 1))
        + b"a" * text)


if __name__ == "__main__":
    if len(sys.argv) == 3:
        expect(sys.argv[1], sys.argv[2])
    else:
        os.chdir(HERE)
        quizzes()
        encodings()
        types()
        by_hand()
        bombs()
        expect(HERE, "expected.json")
