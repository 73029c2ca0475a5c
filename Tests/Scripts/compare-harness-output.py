#!/usr/bin/env python3
"""Do our files in lm-evaluation-harness's layout say what the harness's own say?

    compare-harness-output.py FOLDER_OF_THE_HARNESS OUR_FOLDER

Both hold results_*.json and samples_*.jsonl of the same tasks and the same model. Needs lm-eval
0.4.13, datasets and pandas. Hashes, prompts, targets, task settings and counts must be equal, numbers
within 1e-6 (relative 1e-6 where they are larger than 1), log-likelihoods within 1e-3 nats.
"""

import ast
import json
import math
import pathlib
import sys

import pandas
from datasets import load_dataset
from lm_eval.utils import (
    get_file_datetime,
    get_file_task_name,
    get_latest_filename,
    get_results_filenames,
    get_sample_results_filenames,
    make_table,
)

problems = []
compared = 0


def note(text):
    problems.append(text)


def same(place, theirs, ours, tolerance=1e-6):
    """Walks both values at once and notes every difference."""
    global compared
    if isinstance(theirs, dict) and isinstance(ours, dict):
        if list(theirs) != list(ours):
            note(f"{place}: keys {list(theirs)} are {list(ours)} here")
        for key in theirs:
            if key in ours:
                same(f"{place}.{key}", theirs[key], ours[key], tolerance)
    elif isinstance(theirs, list) and isinstance(ours, list) and len(theirs) == len(ours):
        for index, (left, right) in enumerate(zip(theirs, ours)):
            same(f"{place}[{index}]", left, right, tolerance)
    elif type(theirs) is float and type(ours) is float:
        compared += 1
        if not math.isclose(theirs, ours, rel_tol=tolerance, abs_tol=tolerance):
            note(f"{place}: {theirs} is {ours} here")
    elif str(theirs).startswith(("def ", "<function ")) and str(ours).startswith("!function "):
        pass  # The harness writes Python, which is not there to be written here.
    else:
        compared += 1
        if type(theirs) is not type(ours) or theirs != ours:
            note(f"{place}: {theirs!r} is {ours!r} here")


def numbers(value):
    """The harness prints log-likelihoods as text; here they become numbers again."""
    if isinstance(value, list):
        return [numbers(item) for item in value]
    try:
        return float(value)
    except ValueError:
        return value


def files(folder):
    names = [str(path) for path in pathlib.Path(folder).iterdir()]
    results = get_latest_filename(get_results_filenames(names))
    time = get_file_datetime(results).removesuffix(".json")
    samples = {
        get_file_task_name(pathlib.Path(name).name): name
        for name in get_sample_results_filenames(names)
        if get_file_datetime(name) == time
    }
    return json.load(open(results, encoding="utf-8")), samples


def rows(path):
    return [json.loads(line) for line in open(path, encoding="utf-8")]


their_results, their_samples = files(sys.argv[1])
our_results, our_samples = files(sys.argv[2])
for results in (their_results, our_results):
    for configuration in results["configs"].values():
        # Where the model and the task file are differs from machine to machine.
        for key in [*results["config"]["model_args"], "config_source"]:
            configuration["metadata"].pop(key)

missing = [key for key in their_results if key not in our_results]
if missing:
    note(f"results: keys that are missing here: {missing}")
for key in ("results", "groups", "group_subtasks", "configs", "versions", "n-shot",
            "higher_is_better", "n-samples", "task_hashes"):
    if key in their_results or key in our_results:
        same(key, their_results.get(key), our_results.get(key))
for key in ("model_num_parameters", "model_dtype", "limit", "bootstrap_iters", "gen_kwargs",
            "fewshot_seed"):
    same(f"config.{key}", their_results["config"][key], our_results["config"][key])
if list(their_results["config"]) != list(our_results["config"]):
    note(f"config: keys {list(their_results['config'])} are {list(our_results['config'])} here")
for key in ("tokenizer_bos_token", "tokenizer_eos_token", "eot_token_id", "max_length",
            "system_instruction", "system_instruction_sha", "fewshot_as_multiturn",
            "chat_template", "chat_template_sha", "lm_eval_version"):
    same(key, their_results[key], our_results[key])

same("sample files", sorted(their_samples), sorted(our_samples))
for task, path in their_samples.items():
    if task not in our_samples:
        continue
    theirs, ours = rows(path), rows(our_samples[task])
    same(f"{task}: rows", len(theirs), len(ours))
    for left, right in zip(theirs, ours):
        place = f"{task}, document {left['doc_id']}"
        generates = isinstance(left["arguments"]["gen_args_0"].get("arg_1"), dict)
        for row in (left, right):
            if not generates:
                row["resps"] = numbers(row["resps"])
                row["filtered_resps"] = numbers(row["filtered_resps"])
        same(place, left, right, tolerance=1e-3)
    dataset = load_dataset("json", data_files=our_samples[task], split="train")
    same(f"{task}: columns", load_dataset("json", data_files=path, split="train").features,
         dataset.features)
    frame = pandas.read_json(our_samples[task], lines=True)
    same(f"{task}: frame", list(pandas.read_json(path, lines=True).columns), list(frame.columns))

for column in ("results", "groups"):
    if column in our_results and column in their_results:
        left, right = (make_table(results, column) for results in (their_results, our_results))
        same(f"table of {column}", len(left.splitlines()), len(right.splitlines()))
        print(right)
print(f"{compared} values compared, {len(problems)} differences")
for problem in problems[:40]:
    print(" ", problem)
sys.exit(1 if problems else 0)
