"""Compares the requests that spunge-eval makes with those of lm-evaluation-harness 0.4.13, byte for byte.

Draws task files of the installed lm_eval that need no Python, writes documents for them, lets both tools
build every request, and prints each difference. Exits with 1 if there is one.

    python parity.py --tool .build/release/spunge-eval [--tasks 400] [--seed 1] [--verbose]
"""

import argparse
import functools
import json
import logging
import os
import random
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path

os.environ.update(TQDM_DISABLE="1", HF_HUB_OFFLINE="1", HF_DATASETS_OFFLINE="1", HF_DATASETS_DISABLE_PROGRESS_BARS="1")

import datasets  # noqa: E402
import lm_eval.tasks  # noqa: E402
from lm_eval import utils  # noqa: E402
from lm_eval.api.task import ConfigurableTask  # noqa: E402
from lm_eval.config.task import TaskConfig  # noqa: E402
from lm_eval.models.utils import normalize_gen_kwargs  # noqa: E402
from lm_eval.tasks import _yaml_loader  # noqa: E402

import documents  # noqa: E402

FOLDER = Path(lm_eval.tasks.__file__).parent
SPLITS = ("training_split", "validation_split", "test_split", "fewshot_split")
STRUCTURE = ("tag", "group", "task_list")
EVALUATED, POOL, SHOTS = 3, 7, (0, 2)


class Function(str):
    """What a file names with `!function`, unloaded."""

    def loaded(self):
        return _yaml_loader._import_func_in_yml(str(self), self.folder)


def function_reader(folder, _):
    def read(loader, node):
        function = Function(loader.construct_scalar(node))
        function.folder = folder
        return function

    return read


def load(path):
    return _yaml_loader.load_yaml(path, resolve_func=False)


def has_function(value):
    if isinstance(value, dict):
        return any(has_function(part) for part in value.values())
    if isinstance(value, list):
        return any(has_function(part) for part in value)
    return isinstance(value, Function)


# Data set → the column by which `process_docs` picks a subject, for which spunge-eval has a built-in.
SUBJECT_COLUMNS = {
    "CohereForAI/Global-MMLU": "subject",
    "CohereForAI/Global-MMLU-Lite": "subject_category",
    "CohereLabs/Global-MMLU-Lite": "subject_category",
    "CohereForAI/include-base-44": "domain",
    "openai/MMMLU": "Subject",
    "hails/bigbench": "multiple_choice_targets",
}


def picks(config):
    """Whether the only Python is a `process_docs` that picks documents."""
    rest = {key: value for key, value in config.items() if key != "process_docs"}
    return isinstance(config.get("process_docs"), Function) and not has_function(rest) and (
        config.get("dataset_path") in SUBJECT_COLUMNS
    )


def candidates(picking=False):
    """Name → settings of the tasks that need no Python, or only to pick documents."""
    _yaml_loader._mk_function_ctor = function_reader
    index = lm_eval.tasks._index.TaskIndex.build([FOLDER])
    found = {}
    for name, entry in index.items():
        if entry.kind.name != "TASK":
            continue
        config = load(entry.yaml_path)
        # Used only to look for contamination.
        config.pop("doc_to_decontamination_query", None)
        needs = ("class", "custom_dataset", "doc_to_image", "doc_to_audio", "use_prompt")
        if (picks(config) if picking else not has_function(config)) and not any(config.get(key) for key in needs):
            if picking:
                config["process_docs"] = config["process_docs"].loaded()
            found[name] = config
    return found


def subjects(config):
    """The column by which documents are picked, and a value that is kept (None: as it is), and one that is not."""
    column = SUBJECT_COLUMNS[config["dataset_path"]]
    process = config["process_docs"]
    if column == "multiple_choice_targets":
        return column, (None, [])
    return column, (next(iter(process.keywords.values())), "another")


class OfflineTask(ConfigurableTask):
    """The harness's task over invented documents."""

    def __init__(self, config, splits):
        self.splits = splits
        super().__init__(config=config)

    def download(self, *_, **__):
        self.dataset = self.splits

    @classmethod
    def unbuilt(cls, config):
        """Enough of a task to render single documents."""
        task = object.__new__(cls)
        task._config = TaskConfig(**config)
        task.prompt, task.features = None, []
        return task

    def check(self, row):
        """Raises unless the document can be asked about and shown as an example."""
        self.features = list(row)
        few = self.config.fewshot_config
        for text, choice, target in ((None, None, None), (few.doc_to_text, few.doc_to_choice, few.doc_to_target)):
            question = self.doc_to_text(row, text)
            choices = self.doc_to_choice(row, choice) if self.config.doc_to_choice is not None else None
            answer = self.doc_to_target(row, target)
            if choices is not None:
                assert isinstance(choices, list) and all(isinstance(item, str) and item for item in choices), choices
            # A number would make the choices contexts, in every document or in none.
            assert isinstance(question, str), question
            if choices is not None and isinstance(answer, int) and not isinstance(answer, bool):
                assert 0 <= answer < len(choices), answer
                answer = choices[answer]
            if isinstance(answer, list):
                # A text that looks like a list is one to the harness, which then cannot ask for it.
                assert answer and not self.config.output_type.startswith("loglikelihood"), answer
                answer = answer[0]
            assert isinstance(answer, str), answer
        self.resolve_field(row, self.config.description)
        self.resolve_field(row, few.gen_prefix)
        self.doc_to_prefix(row)


def settings(config):
    """What the harness builds a task from; metrics and filters change no request."""
    return {key: value for key, value in config.items() if key not in STRUCTURE + ("metric_list", "filter_list")}


def written(config, seed):
    """Split → rows for a task."""
    if (config.get("dataset_kwargs") or {}).get("data_files"):
        raise documents.Impossible("its files have names of their own")
    splits = list(dict.fromkeys(split for key in SPLITS if (split := config.get(key))))
    few = config.get("fewshot_config") or {}
    if few.get("split") and few["split"] not in splits:
        splits.append(few["split"])
    writer = documents.Writer(OfflineTask.unbuilt(settings(config)), config, utils.env, seed)
    rows = writer.documents(EVALUATED + POOL * len(splits))
    if config.get("process_docs"):
        column, values = subjects(config)
        for index, row in enumerate(rows):
            value = values[index % 3 == 1]
            row[column] = row[column] if value is None else value
    evaluated = config.get("test_split") or config.get("validation_split")
    data = {}
    for split in splits:
        if split == evaluated:
            data[split] = rows[:POOL]
        else:
            # The first evaluated document is also there as an example.
            data[split] = [rows.pop() for _ in range(POOL - 1)] + rows[:1]
    return {split: datasets.Dataset.from_list(part) for split, part in data.items()}


def expected(name, config, splits, shots):
    """The harness's requests, in the form that `tasks show --json` has."""
    task = OfflineTask(settings(config), splits)
    if task.config.num_fewshot != 0:
        task.set_config("num_fewshot", shots)
    task.set_fewshot_seed(1234)
    task.build_all_requests(limit=EVALUATED)
    rows = []
    for instance in task.instances:
        doc = instance.doc
        row = {"task": name, "doc_id": instance.doc_id, "target": str(task.doc_to_target(doc)), "choices": []}
        if task.config.doc_to_choice is not None and task.OUTPUT_TYPE != "loglikelihood_rolling":
            row["choices"] = [str(choice) for choice in task.doc_to_choice(doc)]
        if instance.request_type == "loglikelihood":
            row["context"], row["continuation"] = instance.args
        elif instance.request_type == "loglikelihood_rolling":
            (row["text"],) = instance.args
        else:
            row["context"], arguments = instance.args
            arguments = normalize_gen_kwargs(arguments)
            row |= {"until": arguments["until"], "max_gen_toks": arguments["max_gen_toks"]}
            # Without a temperature, sampling is at 1.
            row["temperature"] = float(arguments.get("temperature", 1 if arguments["do_sample"] else 0))
            row |= {key: arguments[key] for key in ("top_p", "top_k") if arguments.get(key)}
        rows.append(row)
    return rows


def write(folder, name, splits):
    place = Path(folder) / name
    place.mkdir()
    for split, dataset in splits.items():
        with open(place / f"{split}.jsonl", "w", encoding="utf-8") as file:
            for row in dataset:
                file.write(json.dumps(row, ensure_ascii=False) + "\n")


def shown(tool, folder, names, shots):
    """Our requests by task; one that fails is asked for alone."""
    command = [tool, "tasks", "show", "--json", "--limit", str(EVALUATED), "--num-fewshot", str(shots), "--data", folder]
    environment = os.environ | {"SPUNGE_TASKS": str(FOLDER)}
    result = subprocess.run(command + list(names), capture_output=True, text=True, env=environment)
    if result.returncode != 0:
        if len(names) == 1:
            return {names[0]: result.stderr.strip()}
        middle = len(names) // 2
        return shown(tool, folder, names[:middle], shots) | shown(tool, folder, names[middle:], shots)
    rows = {name: [] for name in names}
    for line in result.stdout.splitlines():
        row = json.loads(line)
        row.pop("repeats", None)
        rows[row["task"]].append(row)
    return rows


def refused(tool, names):
    """Name → why spunge-eval does not take the file."""
    environment = os.environ | {"SPUNGE_TASKS": str(FOLDER)}
    command = [tool, "tasks", "validate", "--json"]
    result = subprocess.run(command, capture_output=True, text=True, env=environment)
    problems = {row["name"]: row["problems"] for row in map(json.loads, result.stdout.splitlines())}
    return {name: problems[name] for name in names if name in problems}


def difference(ours, theirs):
    if isinstance(ours, str):
        return ours
    if len(ours) != len(theirs):
        return f"{len(ours)} requests, the harness makes {len(theirs)}"
    for index, (our, their) in enumerate(zip(ours, theirs)):
        for key in sorted(our.keys() | their.keys()):
            if our.get(key) != their.get(key):
                return f"request {index}, {key}:\n    ours   {our.get(key)!r}\n    theirs {their.get(key)!r}"
    return None


def batches(names, configs):
    """Tasks whose folders of documents cannot be taken for one another's."""
    rest = list(names)
    while rest:
        batch, taken, left = [], set(), []
        for name in rest:
            path = str(configs[name].get("dataset_path") or "")
            folders = {path, path.split("/")[0], path.split("/")[-1]}
            if len(batch) < 300 and not (folders & set(batch)) and name not in taken:
                batch.append(name)
                taken |= folders - {name}
            else:
                left.append(name)
        yield batch
        rest = left


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tool", required=True, help="spunge-eval")
    parser.add_argument("--tasks", type=int, default=400, help="files to compare; 0 for all")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--picking", action="store_true", help="tasks whose only Python picks documents")
    parser.add_argument("--only", nargs="*", help="names of tasks")
    parser.add_argument("--verbose", action="store_true", help="also list what was left out")
    options = parser.parse_args()
    logging.disable(logging.ERROR)
    # The harness compiles a template for every document.
    utils.env.from_string = functools.lru_cache(maxsize=4096)(utils.env.from_string)

    configs = candidates(options.picking)
    print(f"{len(configs)} task files need " + ("Python only to pick documents" if options.picking else "no Python"))
    refusals = refused(options.tool, configs)
    print(f"{len(refusals)} of them are refused by spunge-eval")
    names = sorted(set(configs) - set(refusals))
    random.Random(options.seed).shuffle(names)
    names = options.only or names
    wanted = options.tasks or len(names)

    left_out, mismatches, equal, requests = {}, {}, 0, 0
    for batch in batches(names, configs):
        if equal + len(mismatches) >= wanted:
            break
        with tempfile.TemporaryDirectory() as folder:
            theirs = {}
            for name in batch[: wanted - equal - len(mismatches)]:
                config = configs[name]
                try:
                    splits = written(config, f"{options.seed} {name}")
                    rows = {shots: expected(name, config, splits, shots) for shots in SHOTS}
                except Exception as error:
                    left_out[name] = f"{type(error).__name__}: {error}"
                    continue
                theirs[name] = rows
                write(folder, name, splits)
            found = {name: None for name in theirs}
            for shots in SHOTS if theirs else ():
                ours = shown(options.tool, folder, list(theirs), shots)
                for name in theirs:
                    found[name] = found[name] or difference(ours[name], theirs[name][shots])
                    requests += len(theirs[name][shots])
        for name, problem in found.items():
            if problem:
                mismatches[name] = problem
                print(f"{name}: {problem}")
            else:
                equal += 1

    if options.verbose:
        for name, reason in left_out.items():
            print(f"left out: {name}: {reason}")
        reasons = Counter(problem.split(": ")[-1][:100] for problems in refusals.values() for problem in problems)
        for reason, count in reasons.most_common(30):
            print(f"refused: {count} x {reason}")
    print(f"{len(left_out)} files left out, for which no document could be written")
    print(f"{equal} files agree, {len(mismatches)} do not; {requests} requests compared")
    sys.exit(1 if mismatches else 0)


if __name__ == "__main__":
    main()
