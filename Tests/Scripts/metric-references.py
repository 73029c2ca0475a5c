"""Writes what lm-evaluation-harness makes of invented tasks and answers, for the tests of HarnessReferences.

    python Tests/Scripts/metric-references.py --extract Tests/Fixtures/harness/references.json
    python Tests/Scripts/metric-references.py references.json
    SPUNGE_METRIC_REFERENCES=references.json swift test --filter ReferenceTests

The extract is in the repository and checked in every run: few cases, all made of what is written in this file. The
whole has more cases, and patterns from the installed harness's task files. Both name the versions they were made with.
Texts, tasks and documents are made here.
"""

import glob
import importlib.metadata
import json
import os
import random
import re
import sys
import tempfile

os.environ["DISABLE_MULTIPROC"] = "1"
os.environ.setdefault("HF_HUB_OFFLINE", "1")

import lm_eval
import numpy as np
import yaml
from lm_eval.api.group import Group
from lm_eval.api.instance import Instance
from lm_eval.api.metrics import stderr_for_metric
from lm_eval.api.registry import get_aggregation
from lm_eval.api.task import ConfigurableTask
from lm_eval.evaluator_utils import _compute_task_aggregations
from lm_eval.filters import build_filter_ensemble
from lm_eval.tasks._yaml_loader import load_yaml

EXTRACT = "--extract" in sys.argv
rng = random.Random(20)


def some(whole, extract):
    """How many cases, of the whole and of the extract."""
    return extract if EXTRACT else whole

OWN_PATTERNS = [
    r"a*", r"|a", r"a|", r"(a|b*)*", r"(a?)*b", r"(?:a|ab)(?:c|bcd)(d*)", r"(a+)+$", r"x*?y",
    r"(?P<first>\w+) (?P=first)", r"(\w)\1", r"(?i)THE ANSWER", r"(?s)<b>.*?</b>", r"(?m)^\s*\w+$",
    r"(?<=is )\d+", r"(?<!\d)\d{2}(?!\d)", r"\b\w{3}\b", r"\B\w", r"[^\W\d_]+", r"\d+(?:[.,]\d+)*",
    r"(?x) ( \d + ) # digits", r"\A\w+|\w+\Z", r"a++b", r"(?>a+|ab)c?", r"(\()?\w(?(1)\))",
    r"[\]\-a]+", r"[a-c\d.]+", r"\.$", r"^\s+|\s+$", r"\s*\n\s*", r"(?:(a)|(b)|c)+", r"(?:)*x",
    r"[[:]+", r"{x}", r"a{2}", r"a{,2}b", r"a{1,}?b", r"\u0e04\w+", r"\x41|\101|\t", r"(?a:\w+)\W",
    r"(?-i:a)b", r"(?i:é)", r"(a)?(?:b)?", r"((a)|(b))*?c", r"(?=(\w+))\w", r"(?!the)\b\w+", r"\S+@\S+",
    r"(['\"])(.*?)\1", r"(?:ab?){2,3}", r"(?:a|b|ab)*?$", r".", r"\w+(?=[^\w\s])", r"[^a]", r"^", r"$",
]
PHRASES = [
    "The answer is ", "the answer is ", "#### ", "The answer: ", "**Final Answer**: ", "Answer: ", "\\boxed{B}",
    "정답은 ", "答案是 ", "。", "答えは", "คำตอบคือ ", "సమాధానం ", "Ответ - ", "Ответ — ", "Erantzuna ", " şıkkı", "Yes",
    "no", "True", "valid", "invalid",
]
PIECES = [
    "A", "B", "(C)", "(D)", "D.", " E ", "[A]", "12", "-3.5", "$1,000", "18.", "7%", "...", ",", ".", "\n",
    " ", "  ", "\t", "(", ")", "<", "{}", "a", "ab", "aab", "b", "c", "x", "y", "é", "É", "İ", "ß", "Σ",
    "σας", "ΣΑΣ", "the the", "is 42", "\u00a0", "\u2028", "\r\n", "😀", "กำ", "ไทย", "你好", "२३", "٣", "ⅷ",
    "_", "'", '"', "\\", "\x0b", "\x1c", "o'clock", "don't", "a@b", "100", "۴", "\u0301",
]


def fragments(pattern):
    """Literal pieces of a pattern, so that it has something to find."""
    return [part for part in re.split(r"[\\()\[\]{}|?*+^$.]+", pattern) if part] + ["A", "B", "5"]


def text(pattern=""):
    own = fragments(pattern)
    pools = [PHRASES, PIECES, PIECES, own, own] if pattern else [PHRASES, PIECES]
    return "".join(rng.choice(rng.choice(pools)) for _ in range(rng.randint(0, 9)))


def harness_patterns():
    """Patterns of the installed harness's task files; none in the extract."""
    if EXTRACT:
        return []
    found = {}
    folder = os.path.join(os.path.dirname(lm_eval.__file__), "tasks")
    for path in glob.glob(folder + "/**/*.yaml", recursive=True):
        try:
            config = load_yaml(path, resolve_func=False)
        except Exception:
            continue
        if not isinstance(config, dict):
            continue
        for pipeline in config.get("filter_list") or []:
            for step in pipeline["filter"]:
                found[step.get("regex_pattern")] = True
                for pattern in step.get("regexes_to_ignore") or []:
                    found[pattern] = True
        for metric in config.get("metric_list") or []:
            if isinstance(metric, dict):
                for pattern in metric.get("regexes_to_ignore") or []:
                    found[pattern] = True
    return [pattern for pattern in found if isinstance(pattern, str)]


def regex_cases():
    cases = []
    for pattern in harness_patterns() + OWN_PATTERNS:
        compiled = re.compile(pattern)
        for _ in range(some(40, 2)):
            subject = text(pattern)
            found = [list(m) if isinstance(m, tuple) else [m] for m in compiled.findall(subject)]
            replacement = r"<\g<0>>"
            cases.append(
                {"pattern": pattern, "text": subject, "found": found,
                 "replaced": compiled.sub(replacement, subject), "removed": compiled.sub("", subject, 2)}
            )
    return cases


def filter_cases():
    regexes = [p for p in harness_patterns()]
    pipelines = [[{"function": "regex", "regex_pattern": p, "group_select": s}, {"function": "take_first"}]
                 for p in regexes for s in (0, -1)]
    pipelines += [
        [{"function": "regex"}, {"function": "take_first"}],
        [{"function": "regex", "fallback": " none "}, {"function": "majority_vote"}, {"function": "take_first"}],
        [{"function": "remove_whitespace"}, {"function": "take_first"}],
        [{"function": "lowercase"}, {"function": "uppercase"}],
        [{"function": "lowercase"}, {"function": "regex", "regex_pattern": "(?=(tide|reef))"}],
        [{"function": "take_first"}, {"function": "remove_whitespace"}],
        [{"function": "take_first"}, {"function": "take_first"}],
        [{"function": "take_first_k", "k": 2}, {"function": "majority_vote"}],
        [{"function": "take_first_k", "k": 2}],
        [{"function": "regex", "regex_pattern": "([A-D]).*"}, {"function": "take_first"},
         {"function": "map", "mapping_dict": {"A": 0, "B": 1, "C": "two"}, "default_value": -1},
         {"function": "take_first"}],
        [{"function": "map", "mapping_dict": {"A": "x"}}],
        [{"function": "format_span"}], [{"function": "regex_pos"}],
        [{"function": "multi_choice_regex", "regex_pattern": r"(\([A-Z]\))", "ignore_case": True,
          "ignore_punctuation": True, "group_select": 0}, {"function": "take_first"}],
        [{"function": "multi_choice_regex", "regex_pattern": r"(\([A-Z]\))", "ignore_case": True,
          "ignore_punctuation": True, "group_select": -1}, {"function": "take_first"}],
        [{"function": "multi_choice_regex", "regexes_to_ignore": [r"\s+", "the"]}],
        [{"function": "multi_choice_regex", "ignore_punctuation": True}, {"function": "majority_vote"}],
    ]
    spans = ["person: Anna Ray", "LOC: the Bay, None", "ORG:Harbour Ltd $$ Date: June", "time : noon",
             "nobody", "PER: none", "Location: Île d'Ar\nperson: Bo", "$$", "$", "places:a,b , c"]
    tags = ["[('low', 'ADJ'), ('tide', 'NOUN')]", "('é', 'X')", "nothing", "('a', 'b", "[('', '')]"]
    choices = ["Guilty", "Guilty of Haste", "A reef", "the long, grey bay", "ΣΑΣ", "c.", "İx", "(B)"]
    cases = []
    for steps in pipelines:
        for _ in range(some(25 if len(steps) > 1 else 60, 3)):
            kind = steps[0]["function"]
            pattern = steps[0].get("regex_pattern", "")
            count = rng.randint(2, 5)
            texts = [text(pattern) for _ in range(count)]
            if kind == "format_span":
                texts = [rng.choice(["", "\n"]).join(rng.choice(spans + [" $$ "]) for _ in range(4)) for _ in texts]
            if kind == "regex_pos":
                texts = ["".join(rng.choice(tags + [text()]) for _ in range(3)) for _ in texts]
            document = {"choices": rng.sample(choices, rng.randint(2, 4))}
            if kind == "multi_choice_regex":
                pool = document["choices"] + [c.lower() for c in choices] + ["(A)", ": B", ":  C", "!", " "]
                texts = ["".join(rng.choice(pool + [text()]) for _ in range(3)) for _ in texts]
            instances = [Instance("generate_until", document, ("", {}), 0, resps=list(texts))]
            ensemble = build_filter_ensemble(
                "f", [[s["function"], {k: v for k, v in s.items() if k != "function"}] for s in steps])
            try:
                ensemble.apply(instances)
                expected = {"value": instances[0].filtered_resps["f"]}
            except (IndexError, AttributeError, TypeError, AssertionError) as error:
                expected = {"error": repr(error)}
            cases.append({"steps": steps, "texts": texts, "document": document} | expected)
    return cases


# Tasks

CHOICE = {
    "output_type": "multiple_choice", "doc_to_text": "{{question}}", "doc_to_target": "answer",
    "doc_to_choice": "options",
}
GENERATE = {"output_type": "generate_until", "doc_to_text": "{{question}}", "doc_to_target": "answer"}


def metrics(*names):
    return [{"metric": name} if isinstance(name, str) else name for name in names]


def exact(**options):
    return {"metric": "exact_match", "aggregation": "mean", "higher_is_better": True} | options


WORDS = ["reef", "Bay", "the tide", "é", "naïve", "1,000", "12.5", "$18.", "İstanbul", "ΣΑΣ", "a b", "x.", "", "no"]


def options(count):
    return rng.sample([w for w in WORDS if w], count)


def choice_documents(count, answer=None):
    documents = []
    for index in range(some(count, min(count, 5))):
        chosen = options(4)
        documents.append({
            "question": f"What lies off isle {index}?", "options": chosen,
            # The harness refuses a first document without a right choice.
            "answer": answer(chosen) if answer and documents else rng.randrange(4)})
    if answer and not isinstance(documents[1]["answer"], int):
        documents[0] = documents[1]
    return documents


def text_documents(count, answer):
    return [{"question": f"Name thing {i}.", "answer": answer()} for i in range(some(count, min(count, 4)))]


def task_definitions():
    mean = lambda name, aggregation: {"metric": name, "aggregation": aggregation, "higher_is_better": True}
    yield "choice", CHOICE | {"metric_list": metrics("acc", "acc_norm", "acc_bytes", "exact_match")}, \
        choice_documents(60)
    yield "choice_default", CHOICE, choice_documents(7)
    yield "choice_text", CHOICE | {"metric_list": metrics("acc", "exact_match")}, \
        choice_documents(30, lambda chosen: rng.choice(chosen + ["elsewhere"]))
    yield "choice_several", CHOICE | {"metric_list": metrics("acc", "acc_norm", "acc_bytes", "exact_match")}, \
        choice_documents(30, lambda chosen: rng.sample(range(5), 2))
    yield "choice_outside", CHOICE | {"metric_list": metrics("acc", "mcc")}, \
        choice_documents(30, lambda chosen: rng.randrange(6))
    yield "choice_gain", CHOICE | {"metric_list": metrics("acc", "acc_norm", "acc_mutual_info")}, choice_documents(40)
    yield "choice_scores", CHOICE | {"metric_list": metrics("brier_score", "mcc", mean("acc", "median"))}, \
        choice_documents(40)
    yield "choice_pooled", CHOICE | {"metric_list": metrics(mean("acc", "nanmean"), mean("acc_norm", "perplexity"))}, \
        choice_documents(20)
    two = [{"question": f"Is {i} low?", "options": ["no", "yes"], "answer": rng.randrange(2)} for i in range(some(50, 6))]
    yield "choice_f1", CHOICE | {"metric_list": metrics("acc", "f1", "mcc")}, two
    yield "choice_one", CHOICE | {"metric_list": metrics("acc", "f1", "mcc", "brier_score")}, two[:1]
    yield "choice_filters", CHOICE | {
        "metric_list": metrics("acc"),
        "filter_list": [{"name": "first", "filter": [{"function": "take_first"}]},
                        {"name": "other", "filter": [{"function": "take_first"}]}]}, choice_documents(10)
    likely = {"output_type": "loglikelihood", "doc_to_text": "{{question}}", "doc_to_target": "{{answer}}"}
    yield "likelihood", likely, text_documents(30, lambda: rng.choice(WORDS[:5]))
    yield "likelihood_acc", likely | {"metric_list": metrics("acc")}, text_documents(1, lambda: "reef")
    rolling = {"output_type": "loglikelihood_rolling", "doc_to_text": "", "doc_to_target": "{{answer}}"}
    yield "rolling", rolling, text_documents(20, lambda: " ".join(rng.choices(WORDS, k=6)) + rng.choice(["", "\n "]))
    yield "rolling_mixed", rolling | {"metric_list": metrics(
        mean("word_perplexity", "bits_per_byte"), "bits_per_byte")}, text_documents(9, lambda: " ".join(WORDS))

    sums = [{"name": "strict", "filter": [
        {"function": "regex", "regex_pattern": r"#+ (-?[\d.,]+)"}, {"function": "take_first"}]},
        {"name": "flexible", "filter": [
            {"function": "regex", "group_select": -1, "regex_pattern": r"(-?\$?\d[\d.,]*)|(none)"},
            {"function": "take_first"}]}]
    ignored = [",", r"\$", r"(?s).*#+ ", r"\.$"]
    yield "sums", GENERATE | {
        "doc_to_target": "{{answer}}", "filter_list": sums,
        "metric_list": [exact(ignore_case=True, ignore_punctuation=False, regexes_to_ignore=ignored)]}, \
        text_documents(80, lambda: "So it is.\n#### " + rng.choice(["18", "1,000", "12.5", "-3"]))
    for number, setting in enumerate([
            {}, {"ignore_case": True}, {"ignore_punctuation": True}, {"ignore_numbers": True},
            {"ignore_case": True, "ignore_punctuation": True, "regexes_to_ignore": [r"\bthe\b ?", "\\s+$"]}]):
        yield f"words_{number}", GENERATE | {"metric_list": [exact(**setting)]}, \
            text_documents(40, lambda: rng.choice(WORDS))
        yield f"several_{number}", GENERATE | {"metric_list": [exact(**setting)]}, \
            text_documents(40, lambda: rng.sample([w for w in WORDS if w], 3))
    yield "several_rendered", GENERATE | {
        "doc_to_target": "{{answer}}", "metric_list": [exact()]}, \
        text_documents(20, lambda: rng.choice(["['reef', 'Bay']", "['no', 5]", "[12.5, 'x.']"]))
    yield "numbers", GENERATE | {"metric_list": [exact()]}, text_documents(20, lambda: rng.randrange(20))
    yield "numbers_several", GENERATE | {"metric_list": [exact()]}, \
        text_documents(20, lambda: [rng.randrange(20), rng.randrange(20)])
    for number in range(3):
        yield f"texts_{number}", GENERATE | {"metric_list": metrics("bleu", "chrf", "chrf++", "ter")}, \
            text_documents([25, 1, 40][number], lambda: sentence(rng.choice([0, 3, 12, 40, 90])))
    yield "texts_repeated", GENERATE | {"repeats": 2, "metric_list": metrics("ter", mean("bleu", "chrf")), \
        "filter_list": [{"name": "vote", "filter": [{"function": "majority_vote"}]}]}, \
        text_documents(9, lambda: sentence(12))
    yield "generated_choice", GENERATE | {"doc_to_choice": "options", "metric_list": [exact(ignore_case=True)]}, \
        choice_documents(20)
    yield "repeated", GENERATE | {
        "repeats": 5, "metric_list": [exact()], "filter_list": [
            {"name": "first", "filter": [{"function": "take_first"}]},
            {"name": "vote", "filter": [{"function": "majority_vote"}, {"function": "take_first"}]},
            {"name": "all", "filter": [{"function": "remove_whitespace"}]},
            {"name": "three", "filter": [{"function": "take_first_k", "k": 3}, {"function": "majority_vote"}]}]}, \
        text_documents(30, lambda: rng.choice(WORDS))
    yield "repeated_default", GENERATE | {"repeats": 3, "metric_list": [exact()]}, \
        text_documents(10, lambda: rng.choice(WORDS))
    yield "mapped", GENERATE | {"metric_list": [exact()], "filter_list": [{"name": "m", "filter": [
        {"function": "regex", "regex_pattern": "([A-D]).*"}, {"function": "take_first"},
        {"function": "map", "mapping_dict": {"A": 0, "B": 1, "C": 2, "D": 3}, "default_value": -1},
        {"function": "take_first"}]}]}, text_documents(30, lambda: rng.randrange(4))


SEA = ("the a tide reef bay low grey long isle off lies at in of Tide, reef. 3.5 1,000 (bay) x-ray 2-3 "
       "'s \"no\" &quot;hi&quot; &amp; <skipped> Ünder é, naïve! 你好。 กำ İstanbul ΣΑΣ - ... $5 50% a/b").split()


def sentence(length):
    return rng.choice(["", " "]).join([""]) + " ".join(rng.choice(SEA) for _ in range(rng.randint(0, length)))


def garbled(words):
    """Words moved, dropped, added and changed."""
    words = list(words)
    for _ in range(rng.randint(0, 5)):
        if words and rng.random() < 0.5:
            start = rng.randrange(len(words))
            moved = words[start:start + rng.randint(1, 12)]
            del words[start:start + len(moved)]
            place = rng.randint(0, len(words))
            words[place:place] = moved
        elif words and rng.random() < 0.4:
            del words[rng.randrange(len(words))]
        else:
            words.insert(rng.randint(0, len(words)), rng.choice(SEA))
    return rng.choice([" ", " ", "\n", "-\n"]).join(words)


def response(task, document, gold):
    kind = task.OUTPUT_TYPE
    if task.config.task.startswith("texts"):
        return garbled(gold.split()) if rng.random() < 0.85 else sentence(60)
    if kind == "loglikelihood_rolling":
        return round(-rng.random() * 90, 3)
    if kind != "generate_until":
        return [round(-rng.random() * 20, rng.choice([0, 1, 5])), rng.random() < 0.4]
    if rng.random() < 0.5:
        value = rng.choice(gold) if isinstance(gold, list) else gold
        value = str(value)
        return rng.choice(["{}", "{} ", "It is {}.", "{}", "{}", "THE {}"]).format(
            rng.choice([value, value, value.lower(), value.upper(), value + "."]))
    return text("A 5 #### 18 $12.5")


def jsonable(value):
    if isinstance(value, (np.floating, np.integer, np.bool_)):
        return value.item()
    if isinstance(value, np.ndarray):
        return value.tolist()
    if isinstance(value, (tuple, list)):
        return [jsonable(item) for item in value]
    return value


def task_cases():
    cases = []
    for name, config, documents in task_definitions():
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "test.json")
            with open(path, "w") as file:
                for document in documents:
                    file.write(json.dumps(document, ensure_ascii=False) + "\n")
            full = {"task": name, "dataset_path": "sea/isles", "test_split": "test"} | config
            loaded = full | {"dataset_path": "json", "dataset_kwargs": {"data_files": {"test": path}, "cache_dir": folder}}
            task = ConfigurableTask(config=json.loads(json.dumps(loaded)))
            task.build_all_requests(limit=None, rank=0, world_size=1)
            documents_read = list(task.eval_docs)
            for instance in task.instances:
                gold = task.doc_to_target(instance.doc)
                if task.config.doc_to_choice is not None and task.OUTPUT_TYPE == "generate_until":
                    gold = task.doc_to_choice(instance.doc)[gold]
                first = response(task, instance.doc, gold)
                instance.resps = [tuple(first) if isinstance(first, list) else first] + [
                    rng.choice([first, response(task, instance.doc, gold)]) for _ in range(instance.repeats - 1)]
            task.apply_filters()
            raw, samples = {}, []
            for filter_name in task.instances[0].filtered_resps:
                for index, document in enumerate(documents_read):
                    instances = sorted(
                        (i for i in task.instances if i.doc_id == index), key=lambda i: i.idx)
                    values = task.process_results(
                        document, [i.filtered_resps[filter_name] for i in instances])
                    samples.append({"filter": filter_name, "document": index,
                                    "filtered": jsonable([i.filtered_resps[filter_name] for i in instances]),
                                    "metrics": {k: jsonable(v) for k, v in values.items()}})
                    for metric, value in values.items():
                        raw.setdefault((metric, filter_name), []).append(value)
            results, _ = _compute_task_aggregations(task, raw, 2000)
            answers = [[jsonable(list(i.resps)) for i in sorted(
                (i for i in task.instances if i.doc_id == index), key=lambda i: i.idx)]
                for index in range(len(documents_read))]
            cases.append({
                "name": name, "yaml": yaml.safe_dump(full, allow_unicode=True, sort_keys=False),
                "documents": documents, "answers": answers, "samples": samples,
                "results": {key: jsonable(value) for key, value in results.items()}})
    return cases


def bootstrap_cases():
    """Standard errors of other statistics at other sizes."""
    cases = []
    for name in ["median", "nanmean", "perplexity", "f1", "matthews_corrcoef", "mean"]:
        aggregation = get_aggregation(name)
        for count, iterations in [(2, 100000), (37, 2500), (60, 999)]:
            if name in ("f1", "matthews_corrcoef"):
                labels = 2 if name == "f1" else 3
                items = [(rng.randrange(labels), rng.randrange(labels)) for _ in range(count)]
                if count == 2:
                    iterations = 1000
            else:
                items = [round(rng.gauss(-1, 1), 3) for _ in range(count)]
            error = stderr_for_metric(aggregation, iterations)(items)
            cases.append({"pooling": name, "items": items, "iterations": iterations,
                          "value": jsonable(aggregation(items)), "error": jsonable(error)})
    return cases


def text_cases():
    """Scores of single texts, where every count shows."""
    cases = []
    for number in range(some(500, 70)):
        reference = sentence(rng.choice(some([1, 3, 8, 25, 70], [1, 3, 8, 20])))
        prediction = garbled(reference.split()) if number % 4 else sentence(rng.choice([0, 3, 30]))
        if number % some(10, 35) == 0:
            # One long stretch of different words moved, near and beyond the limits of moves.
            words = [f"w{index}" for index in range(rng.choice([30, 90, 140]))]
            length, target = rng.randint(8, 12), rng.choice([15, 48, 60, 100])
            reference = " ".join(words)
            prediction = " ".join(words[length:length + target] + words[:length] + words[length + target:])
        cases.append({"text": prediction, "reference": reference, "scores": {
            name: get_aggregation(name)([(reference, prediction)]) for name in ["bleu", "chrf", "chrf++", "ter"]}})
    return cases


def group_cases():
    class Leaf:
        def __init__(self, name):
            self.task_name = name

    from lm_eval.api import task as task_module

    class Task(task_module.Task):
        def __init__(self, name):
            self._name = name

        @property
        def task_name(self):
            return self._name

        has_training_docs = has_validation_docs = has_test_docs = doc_to_text = doc_to_target = \
            construct_requests = process_results = aggregation = higher_is_better = lambda self: None

    cases = []
    for number in range(some(40, 10)):
        leaves = [f"t{i}" for i in range(rng.randint(2, 5))]
        results = {}
        for leaf in leaves:
            row = {"sample_len": rng.randint(1, 300)}
            for key in ["acc,none", "acc_norm,none", "exact_match,strict", "exact_match,flexible"]:
                if rng.random() < 0.85:
                    metric, filter_name = key.split(",")
                    row[key] = rng.random()
                    row[f"{metric}_stderr,{filter_name}"] = (
                        "N/A" if rng.random() < 0.08 else rng.random() / 10)
            results[leaf] = row
        inner_names = rng.sample(leaves, rng.randint(1, len(leaves)))
        listed = [{"metric": "acc", "filter_list": ["none"], "weight_by_size": rng.random() < 0.5},
                  {"metric": "acc_norm", "weight_by_size": rng.random() < 0.5},
                  {"metric": "exact_match", "filter_list": rng.choice([None, ["flexible"], ["strict", "flexible"]]),
                   "weight_by_size": rng.random() < 0.5}]
        group = Group.from_config({"group": "outer", "aggregate_metric_list": json.loads(json.dumps(listed))})
        inner = Group.from_config({"group": "inner", "aggregate_metric_list": [{"metric": "acc"}]})
        for name in inner_names:
            inner.add(Task(name))
        group.add(inner)
        for name in leaves:
            if name not in inner_names or rng.random() < 0.2:
                group.add(Task(name))
        members = [inner_names] + [c for c in group.child_names if c != "inner"]
        cases.append({"members": members, "aggregations": listed, "results": results,
                      "outer": {k: jsonable(v) for k, v in group.aggregate(results).items()},
                      "inner": {k: jsonable(v) for k, v in inner.aggregate(results).items()}})
    return cases


# Prompts

QUIZ = {
    "output_type": "multiple_choice", "training_split": "train", "test_split": "test", "num_fewshot": 2,
    "doc_to_text": "{{question}}", "doc_to_choice": "{{options}}", "doc_to_target": "answer",
}
WRITE = {
    "output_type": "generate_until", "training_split": "train", "test_split": "test", "num_fewshot": 2,
    "doc_to_text": "Q: {{question}}\nA:", "doc_to_target": "{{options[answer]}}",
    "generation_kwargs": {"until": ["\n\n", "Q:"], "max_gen_toks": 9},
}


def prompt_definitions():
    """Name, configuration and seed of tasks that differ in how a prompt is put together."""
    first = {"sampler": "first_n"}
    yield "seeded", QUIZ, 1234
    yield "other_seed", QUIZ, 7
    yield "five_shots", QUIZ | {"num_fewshot": 5}, 1234
    yield "no_shots", QUIZ | {"num_fewshot": 0, "description": "About the isles.\n\n"}, 1234
    yield "own_split", QUIZ | {"fewshot_split": "test", "num_fewshot": 3}, 1234
    yield "first_n", QUIZ | {"fewshot_config": first}, 1234
    yield "first_n_own_split", QUIZ | {"fewshot_split": "test", "fewshot_config": first}, 1234
    yield "validation", QUIZ | {"validation_split": "train", "training_split": None}, 1234
    yield "delimiters", QUIZ | {
        "description": "Of {{place}}:\n", "target_delimiter": " -> ", "fewshot_delimiter": "\n",
        "gen_prefix": "It is"}, 1234
    yield "spaces", QUIZ | {"doc_to_text": "{{question}} ", "target_delimiter": ""}, 1234
    yield "letters", QUIZ | {
        "doc_to_text": "{{question}}\n{% for o in options %}{{'ABC'[loop.index0]}}. {{o}}\n{% endfor %}Answer:",
        "doc_to_choice": ["A", "B", "C"]}, 1234
    yield "text_target", QUIZ | {"doc_to_target": "{{options[answer]}}"}, 1234
    yield "several_targets", QUIZ | {"doc_to_target": "{{[answer, 1]}}", "num_fewshot": 0}, 1234
    yield "columns", QUIZ | {"doc_to_text": "question", "doc_to_choice": "options"}, 1234
    yield "example_text", QUIZ | {
        "fewshot_config": {"sampler": "first_n", "doc_to_text": "<{{question}}>", "doc_to_target": "{{options[0]}}"}}, 1
    yield "gain", QUIZ | {"metric_list": [{"metric": "acc"}, {"metric": "acc_mutual_info"}]}, 1234
    yield "write", WRITE, 1234
    yield "write_prefix", WRITE | {"gen_prefix": "The", "description": "Say it.\n"}, 3
    yield "write_choice", WRITE | {"doc_to_choice": "{{options}}", "doc_to_target": "{{answer}}"}, 1234
    yield "likelihood", {
        "output_type": "loglikelihood", "training_split": "train", "test_split": "test", "num_fewshot": 1,
        "doc_to_text": "{{question}}", "doc_to_target": "{{' ' + place}}"}, 1234
    yield "rolling", {
        "output_type": "loglikelihood_rolling", "test_split": "test", "doc_to_text": "",
        "doc_to_target": "{{question}}\n{{place}}"}, 1234


def prompt_documents(count, start):
    places = ["Low Isle", "the Bay", "é Reef", "Tide's End"]
    return [{"question": f"{'Why' if i % 3 else 'Where'} is {i}?", "place": places[i % 4], "answer": i % 3,
             "options": [f"sand {i}", f"the rock {i}", f"{i} reeds"]} for i in range(start, start + count)]


def prompt_cases():
    train, test = prompt_documents(9, 100), prompt_documents(4, 0)
    cases = []
    for name, config, seed in prompt_definitions():
        with tempfile.TemporaryDirectory() as folder:
            files = {}
            for split, documents in [("train", train), ("test", test)]:
                files[split] = os.path.join(folder, f"{split}.json")
                with open(files[split], "w") as file:
                    for document in documents:
                        file.write(json.dumps(document, ensure_ascii=False) + "\n")
            full = {"task": name, "dataset_path": "sea/isles"} | {k: v for k, v in config.items() if v is not None}
            loaded = full | {"dataset_path": "json", "dataset_kwargs": {"data_files": files, "cache_dir": folder}}
            task = ConfigurableTask(config=json.loads(json.dumps(loaded)))
            task.set_fewshot_seed(seed)
            task.build_all_requests(limit=None, rank=0, world_size=1)
            requests = []
            for index in range(len(list(task.eval_docs))):
                instances = sorted((i for i in task.instances if i.doc_id == index), key=lambda i: i.idx)
                requests.append([
                    [i.args[0]] + list(i.args[1]["until"]) if i.request_type == "generate_until" else list(i.args)
                    for i in instances])
            cases.append({"name": name, "yaml": yaml.safe_dump(full, allow_unicode=True, sort_keys=False),
                          "seed": seed, "requests": requests})
    return [{"train": train, "test": test, "tasks": cases}]


def versions():
    names = ["lm_eval", "sacrebleu", "scikit-learn", "numpy", "datasets"]
    return {name: importlib.metadata.version(name) for name in names} | {"python": sys.version.split()[0]}


if __name__ == "__main__":
    content = {
        "versions": versions(), "regex": regex_cases(), "filters": filter_cases(), "tasks": task_cases(),
        "bootstrap": bootstrap_cases(), "texts": text_cases(), "groups": group_cases(), "prompts": prompt_cases(),
    }
    with open(sys.argv[-1], "w") as file:
        # One case a line, so that changes can be read.
        sections = []
        for name, cases in content.items():
            rows = cases if isinstance(cases, list) else None
            dump = lambda value: json.dumps(value, ensure_ascii=False, separators=(",", ":"))
            body = dump(cases) if rows is None else "[\n" + ",\n".join(map(dump, rows)) + "\n]"
            sections.append(f"{dump(name)}:{body}")
        file.write("{" + ",\n".join(sections) + "}\n")
    print({key: len(value) for key, value in content.items()})
