"""Compares what spunge-eval printed with what other libraries make of the same input.

One question a line on standard input: {"peer", "input" (folder), "output" (file with what was printed), "written"
(folder), "command"}; one answer a line: {} or {"differs": why}. Inputs that a library refuses are not compared.
"""

import importlib.util
import json
import re
import sys


def rows(path):
    with open(path, encoding="utf-8") as file:
        return [json.loads(line) for line in file.read().split("\n") if line.strip()]


def first_difference(ours, theirs, what):
    if len(ours) != len(theirs):
        return f"{what}: {len(ours)} rows, the peer has {len(theirs)}"
    for index, (own, other) in enumerate(zip(ours, theirs)):
        if own != other:
            return f"{what} {index}: {own!r:.300}, the peer has {other!r:.300}"
    return None


def tokenizers(question):
    from tokenizers import Tokenizer, normalizers

    tokenizer = Tokenizer.from_file(question["input"] + "/model/tokenizer.json")
    special = "--special" in question["command"].split()
    texts = [row["text"] for row in rows(question["input"] + "/texts.jsonl")]
    theirs = [tokenizer.encode(text, add_special_tokens=special).ids for text in texts]
    ours = [row["ids"] for row in rows(question["output"])]
    if ours != theirs and tokenizer.normalizer is not None:
        # What a normalizer puts in front of a text is cut twice by ByteLevel, unless one runs after the other.
        texts = [tokenizer.normalizer.normalize_str(text) for text in texts]
        tokenizer.normalizer = normalizers.Sequence([])
        again = [tokenizer.encode(text, add_special_tokens=special).ids for text in texts]
        theirs = [own if own in (one, other) else one for own, one, other in zip(ours, theirs, again)]
    return first_difference(ours, theirs, "text")


def parquet(question):
    import pyarrow.parquet

    path = question["input"] + "/data/rows.parquet"
    table = pyarrow.parquet.ParquetFile(path, page_checksum_verification=True).read()
    columns = ["id", "question", "choices", "answer", "score", "open", "paths", "steps"]
    if any(table.column_names.count(name) != 1 for name in columns):
        return None
    theirs = [str([row[name] for name in columns]) for row in table.to_pylist()]
    return first_difference([row["context"] for row in rows(question["output"])], theirs[:50], "row")


def gguf(question):
    import glob

    import gguf as library
    import numpy
    from safetensors.numpy import load_file

    names = {
        "token_embd": "model.embed_tokens", "output_norm": "model.norm", "output": "lm_head",
        "attn_norm": "input_layernorm", "ffn_norm": "post_attention_layernorm", "attn_q": "self_attn.q_proj",
        "attn_k": "self_attn.k_proj", "attn_v": "self_attn.v_proj", "attn_output": "self_attn.o_proj",
        "ffn_gate": "mlp.gate_proj", "ffn_up": "mlp.up_proj", "ffn_down": "mlp.down_proj",
    }
    ours = {}
    for path in glob.glob(question["written"] + "/merged/*.safetensors"):
        ours.update(load_file(path))
    for tensor in library.GGUFReader(question["input"] + "/model.gguf").tensors:
        module = tensor.name.removesuffix(".weight").removeprefix("blk.0.")
        layer = "model.layers.0." if tensor.name.startswith("blk.") else ""
        own = ours.get(layer + names.get(module, module) + ".weight")
        if own is None:
            continue
        theirs = library.quants.dequantize(tensor.data, tensor.tensor_type).astype(numpy.float32)
        if not numpy.array_equal(own.ravel(), theirs.ravel()):
            place = int(numpy.argmax(own.ravel() != theirs.ravel()))
            return (
                f"{tensor.name} ({tensor.tensor_type.name}) {place}: {own.ravel()[place]}, "
                f"the peer has {theirs.ravel()[place]}")
    return None


def template(question):
    from jinja2 import Environment, StrictUndefined

    environment = Environment(undefined=StrictUndefined, keep_trailing_newline=True)
    environment.filters["regex_replace"] = lambda text, pattern, new, count=0: re.sub(pattern, new, text, count=count)
    with open(question["input"] + "/template.txt", encoding="utf-8", newline="") as file:
        made = environment.from_string(file.read())
    theirs = [made.render(**row) for row in rows(question["input"] + "/data/test.jsonl")]
    return first_difference([row["context"] for row in rows(question["output"])], theirs, "document")


def regex(question):
    import glob

    with open(question["input"] + "/pattern.txt", encoding="utf-8", newline="") as file:
        pattern = re.compile(file.read())
    theirs = []
    for row in rows(question["input"] + "/samples_t_0.jsonl"):
        found = pattern.findall(row["resps"][0][0])
        # As the harness's RegexFilter: the first match, and of groups the first that is not empty.
        match = found[0] if found else "[invalid]"
        if isinstance(match, tuple):
            parts = [part for part in match if part]
            match = parts[0] if parts else "[invalid]"
        theirs.append(match.strip())
    written = glob.glob(question["written"] + "/r/samples/*/t.jsonl")
    ours = [row["outcomes"][0]["responses"][0] for row in rows(written[0])]
    return first_difference(ours, theirs, "answer")


PEERS = {function.__name__: function for function in [tokenizers, parquet, gguf, template, regex]}
LIBRARIES = {
    "tokenizers": ["tokenizers"], "parquet": ["pyarrow"], "gguf": ["gguf", "safetensors", "numpy"],
    "template": ["jinja2"], "regex": [],
}


def missing():
    """The peers whose libraries are not installed."""
    found = importlib.util.find_spec
    return ", ".join(peer for peer, names in LIBRARIES.items() if not all(map(found, names)))


for line in sys.stdin:
    answer = {}
    try:
        question = json.loads(line)
        if question["peer"] == "missing":
            answer = {"missing": missing()}
        elif difference := PEERS[question["peer"]](question):
            answer = {"differs": difference}
    except BaseException as error:  # pyo3's panics are no Exceptions; a refusal is no difference
        answer = {"refused": f"{type(error).__name__}: {error}"[:300]}
    print(json.dumps(answer), flush=True)
