#!/usr/bin/env python3
"""Kills, full disks, lost streams and flipped bits: whatever happens, the final bytes are those of an undisturbed run.

    kill-and-fault.py PROGRAM [--seed N] [--tries N | --seconds N] [--command NAME ...]

Each command runs once undisturbed, on Tests/Fixtures. Then, again and again from nothing:

kill     kill -9 at random moments, up to three times, then the same command to its end
disk     a file system that is full at a random point (a tmpfs where one can be mounted, else a limit on the size of
         files), then the same command with room
stream   standard error or output full, closed or a pipe without a reader
flip     a random bit of a random kept file, results removed, the same command

A failure is printed with its seed; `--seed N --tries 1 --command NAME` repeats it. Exit status 1 if there was one.
"""
import argparse
import os
import random
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
FIXTURES = os.path.join(ROOT, "Tests", "Fixtures")
MODEL = FIXTURES + "/goldens/tiny-llama"
CLASSIFIER = FIXTURES + "/mini-roberta"
TINY = FIXTURES + "/tiny"
# No backtraces, which take seconds.
ENVIRONMENT = {**os.environ, "SWIFT_BACKTRACE": "enable=no", "SPUNGE_TASKS": ROOT + "/tasks/harness"}
# Records of time, and what only passes.
PASSING = ("manifest.json", "complete.json", "digests.json", ".lock", ".log")


def unlearn(*more):
    return ["unlearn", "--base", MODEL, "--forget", TINY + "/corpora/forget.jsonl", "--retain",
            TINY + "/corpora/retain.jsonl", "--set", "layer=2", "--set", "trainedLayers=[1,2]", "--set",
            "learningRate=0.001", "--set", "alphas=[100]", "--set", "batchSize=1", *more]


GRID = """
name: grid
seed: [1, 2]
base: {{ model: {model} }}
forget: {{ files: [{tiny}/corpora/forget.jsonl] }}
retain: {{ files: [{tiny}/corpora/retain.jsonl] }}
split: {{ method: by_attribute, settings: {{ attribute: domain }} }}
unlearn: {{ method: rmu, settings: {{ layer: 2, trainedLayers: [1, 2], learningRate: 0.001, alphas: [100] }} }}
merge: {{ method: ties, settings: {{ density: [0.2, 0.5] }} }}
score: {{ variants: [base, monolithic, spunge], tasks: [arc_easy] }}
""".format(model=MODEL, tiny=TINY)

VILLAGE = FIXTURES + "/village"
TOXICITY = ["toxicity", "--model", MODEL, "--prompts", FIXTURES + "/toxicity/toxigen.jsonl", "--classifier",
            CLASSIFIER, "--set", "toxicLabel=unkind", "--perplexity-model", MODEL]

# Name → arguments; they run in a scratch folder that holds inputs/.
COMMANDS = {
    "score": ["score", "--model", MODEL, "--include-path", VILLAGE + "/tasks", "--data", VILLAGE + "/data",
              "--tasks", "village*", "--output", "out", "--work", "kept"],
    "toxicity": TOXICITY + ["--output", "out", "--work", "kept"],
    "perplexity": ["perplexity", "--model", MODEL, "--completions", "inputs/completions.jsonl", "--output",
                   "out", "--work", "kept"],
    "unlearn": unlearn("--state", "kept-state", "--state-interval", "1", "--log", "log.jsonl", "--output", "out"),
    "unlearn-overlay": unlearn("--overlay", "--output", "out"),
    "merge": ["merge", "--method", "ties", "--set", "density=0.2", "--base", MODEL, "--part", "inputs/a", "--part",
              "inputs/b", "--output", "out", "--diagnostics", "diagnostics.json"],
    "export": ["export", "inputs/a", "--output", "out", "--shard-bytes", "100000"],
    "run": ["run", "inputs/tiny.yaml", "--data", TINY, "--output", "out", "--work",
            "kept", "--state-interval", "1"],
    "run-jobs": ["run", "inputs/grid.yaml", "--data", TINY, "--output", "out", "--work", "kept", "--jobs", "2"],
    "generate": ["generate", "--model", MODEL, "--input", "inputs/prompts.jsonl", "--output", "out", "--max-tokens",
                 "20"],
    "classify": ["classify", "--model", CLASSIFIER, "--input", "inputs/texts.jsonl", "--output", "out"],
    "loglikelihood": ["loglikelihood", "--model", "inputs/a", "--input", "inputs/pairs.jsonl", "--output", "out"],
}
# Takes minutes, so only when it is asked for.
LONG = {"reproduce": ["reproduce", "--quick", "--table", "2", "--output", "out", "--work", "kept"]}


class Fault(Exception):
    """What was expected and did not happen."""


class Driver:
    def __init__(self, program, seed):
        self.program = os.path.abspath(program)
        self.seed = seed
        self.scratch = tempfile.mkdtemp(prefix="kill-and-fault-")
        self.inputs = self.make_inputs()
        self.expected = {}
        self.length = {}
        self.has_tmpfs = subprocess.run(
            ["unshare", "-rm", "sh", "-c", "mount -t tmpfs tmpfs /mnt"], capture_output=True).returncode == 0

    def make_inputs(self):
        folder = self.scratch + "/inputs"
        os.mkdir(folder)
        with open(folder + "/grid.yaml", "w") as file:
            file.write(GRID)
        with open(ROOT + "/tasks/experiments/tiny.yaml") as file:
            text = file.read().replace("Tests/Fixtures", FIXTURES)
        with open(folder + "/tiny.yaml", "w") as file:
            file.write(text)
        words = "a red fox ran over the hill and two small hens sang by the old mill".split()
        source = random.Random(7)
        def phrase(count):
            return " ".join(source.choice(words) for _ in range(count))
        rows = {
            "prompts": [{"prompt": phrase(6)} for _ in range(40)],
            "texts": [{"text": phrase(20)} for _ in range(300)],
            "pairs": [{"context": phrase(6), "continuation": " " + phrase(3)} for _ in range(60)],
            "completions": [{"prompt": phrase(6), "completion": " " + phrase(5)} for _ in range(60)],
        }
        import json
        for name, own in rows.items():
            with open(f"{folder}/{name}.jsonl", "w") as file:
                file.writelines(json.dumps(row) + "\n" for row in own)
        for name, seed in (("a", "1"), ("b", "2")):
            arguments = unlearn("--overlay", "--seed", seed, "--output", f"{folder}/{name}")
            subprocess.run([self.program, *arguments], check=True, cwd=self.scratch, capture_output=True)
        return folder

    # One run

    def fresh(self):
        folder = tempfile.mkdtemp(dir=self.scratch)
        shutil.copytree(self.inputs, folder + "/inputs")
        return folder

    def start(self, folder, arguments, **options):
        options = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **options}
        return subprocess.Popen([self.program, *arguments], cwd=folder, env=ENVIRONMENT, **options)

    def run(self, folder, arguments, **options):
        process = self.start(folder, arguments, **options)
        output, errors = process.communicate(timeout=600)
        if process.returncode < 0:
            raise Fault(f"signal {-process.returncode}: {(errors or b'').decode(errors='replace')[-300:]}")
        return process.returncode, (errors or b"").decode(errors="replace")

    def finish(self, folder, name, arguments):
        status, errors = self.run(folder, arguments)
        if status != 0:
            raise Fault(f"the same command again: exit status {status}: {errors[-300:]}")
        self.compare(folder, name)
        return errors

    def results(self, folder):
        """Path → content of everything that must not differ."""
        found = {}
        for place, _, files in os.walk(folder):
            for file in files:
                path = os.path.relpath(os.path.join(place, file), folder)
                if ".partial-" in path:
                    raise Fault(f"left over: {path}")
                if path.startswith("inputs/") or path.endswith(PASSING) or path.startswith("out/shards"):
                    continue
                # Answers may come in another order, and in several segments.
                if path.startswith("kept/answers") or path.startswith("kept/judgements"):
                    continue
                # An overlay's record has the time at which it was made, and so has its digest.
                if path.endswith(("overlay.json", "README.md")) or path.startswith("kept/checks/"):
                    found[path] = b""
                    continue
                with open(os.path.join(folder, path), "rb") as stream:
                    found[path] = stream.read()
        return found

    def compare(self, folder, name):
        found = self.results(folder)
        expected = self.expected[name]
        for path in sorted(set(found) | set(expected)):
            if path not in found:
                raise Fault(f"missing: {path}")
            if path not in expected:
                raise Fault(f"extra: {path}")
            if found[path] != expected[path]:
                raise Fault(f"differs: {path}")

    def undisturbed(self, name, arguments):
        folder = self.fresh()
        begin = time.monotonic()
        status, errors = self.run(folder, arguments)
        if status != 0:
            raise Fault(f"undisturbed: exit status {status}: {errors[-600:]}")
        self.length[name] = time.monotonic() - begin
        self.expected[name] = self.results(folder)
        return folder

    # Faults

    def kill(self, name, arguments, source):
        folder = self.fresh()
        for _ in range(source.randint(1, 3)):
            process = self.start(
                folder, arguments, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            time.sleep(source.random() * self.length[name] * 1.1)
            process.send_signal(signal.SIGKILL)
            if process.wait() == 0:
                break
        # What is finished is not made again.
        if name in ("unlearn", "unlearn-overlay", "merge", "export") and os.path.exists(folder + "/out"):
            return self.compare(folder, name)
        self.finish(folder, name, arguments)

    def disk(self, name, arguments, source):
        folder = self.fresh()
        size = sum(map(len, self.expected[name].values()))
        limit = int(size * source.random())
        if self.has_tmpfs and source.random() < 0.7:
            self.full_tmpfs(folder, name, arguments, limit)
        else:
            largest = max(map(len, self.expected[name].values()))
            bound = int(largest * source.random())
            status, errors = self.run(
                folder, arguments,
                preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (bound, bound)))
            self.check_full(status, errors)
        if name in ("unlearn", "unlearn-overlay", "merge", "export") and os.path.exists(folder + "/out"):
            return self.compare(folder, name)
        self.finish(folder, name, arguments)

    def full_tmpfs(self, folder, name, arguments, limit):
        script = (
            'mkdir m && mount -t tmpfs -o size="$1" tmpfs m && cp -r inputs m && cd m && mount -o remount,size="$2" . '
            '&& shift 2 && "$@"; status=$?; cd .. && rm -rf m/inputs && cp -r m/. . && umount m && rmdir m; '
            'exit $status')
        used = sum(os.path.getsize(os.path.join(place, file)) + 4096
                   for place, _, files in os.walk(folder + "/inputs") for file in files)
        process = subprocess.run(
            ["unshare", "-rm", "sh", "-c", script, "sh", str(used + (1 << 20)), str(used + limit + 65536),
             self.program, *arguments],
            cwd=folder, capture_output=True, timeout=600, env=ENVIRONMENT)
        errors = process.stderr.decode(errors="replace")
        if process.returncode >= 128:
            raise Fault(f"full disk: signal {process.returncode - 128}: {errors[-300:]}")
        self.check_full(process.returncode, errors)

    def check_full(self, status, errors):
        if status not in (0, 3):
            raise Fault(f"full disk: exit status {status}: {errors[-300:]}")
        if status == 3 and not errors.strip():
            raise Fault("full disk: exit status 3 without a word")

    def stream(self, name, arguments, source):
        folder = self.fresh()
        which = source.choice(["stdout", "stderr"])
        kind = source.choice(["full", "closed", "pipe"])
        options = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        number = 1 if which == "stdout" else 2
        opened = None
        if kind == "full":
            opened = options[which] = open("/dev/full", "wb")
        elif kind == "pipe":
            reading, writing = os.pipe()
            os.close(reading)
            opened = options[which] = os.fdopen(writing, "wb")
        else:
            options["preexec_fn"] = lambda: os.close(number)
        process = self.start(folder, arguments, **options)
        status = process.wait(timeout=600)
        if opened:
            opened.close()
        # A pipe without a reader ends whoever prints into it, as it always did.
        allowed = [0] if which == "stderr" else [0, 3, -signal.SIGPIPE]
        if status not in allowed:
            raise Fault(f"{which} {kind}: exit status {status}")
        self.compare(folder, name)

    def flip(self, name, arguments, source):
        folder = self.fresh()
        status, errors = self.run(folder, arguments)
        if status != 0:
            raise Fault(f"exit status {status}: {errors[-300:]}")
        kept = []
        for place, _, files in os.walk(folder):
            kept += [os.path.join(place, file) for file in files]
        is_input = name in ("merge", "export", "loglikelihood")
        if is_input:
            kept = [path for path in kept if "/inputs/a/" in path and not path.endswith("digests.json")]
        else:
            kept = [path for path in kept if os.path.relpath(path, folder).startswith("kept")]
        if not kept:
            return
        path = source.choice(sorted(kept))
        with open(path, "r+b") as file:
            content = bytearray(file.read())
            if not content:
                return
            place = source.randrange(len(content))
            content[place] ^= 1 << source.randrange(8)
            file.seek(0)
            file.write(content)
        what = f"{os.path.relpath(path, folder)}, byte {place}"
        for result in ("out", "log.jsonl", "diagnostics.json"):
            if os.path.isdir(f"{folder}/{result}"):
                shutil.rmtree(f"{folder}/{result}")
            elif os.path.exists(f"{folder}/{result}"):
                os.remove(f"{folder}/{result}")
        # So that a kept model is asked, not what it answered before.
        if source.random() < 0.5 and "/answers/" not in path:
            shutil.rmtree(folder + "/kept/answers", ignore_errors=True)
        status, errors = self.run(folder, arguments)
        if status == 2 and ("inputs/a" in errors or "kept-state" in errors):
            return
        if status != 0:
            raise Fault(f"{what}: exit status {status}: {errors[-300:]}")
        try:
            self.compare(folder, name)
        except Fault as fault:
            raise Fault(f"{what}: {fault}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--tries", type=int, default=2, help="of each kind of fault for each command")
    parser.add_argument("--seconds", type=float, help="go on for so long instead")
    parser.add_argument("--command", action="append", choices=[*COMMANDS, *LONG])
    parser.add_argument("--kind", action="append", choices=["kill", "disk", "stream", "flip"])
    options = parser.parse_args()
    driver = Driver(options.program, options.seed)
    kinds = options.kind or ["kill", "disk", "stream", "flip"]
    chosen = {name: {**COMMANDS, **LONG}[name] for name in options.command or COMMANDS}
    table = {kind: [0, 0] for kind in kinds}
    begin = time.monotonic()
    try:
        for name, arguments in chosen.items():
            shutil.rmtree(driver.undisturbed(name, arguments))
        number = 0
        while number < options.tries if options.seconds is None else time.monotonic() - begin < options.seconds:
            seed = options.seed + number
            number += 1
            for name, arguments in chosen.items():
                for kind in kinds:
                    table[kind][0] += 1
                    try:
                        getattr(driver, kind)(name, arguments, random.Random(f"{name} {kind} {seed}"))
                    except (Fault, subprocess.TimeoutExpired) as fault:
                        table[kind][1] += 1
                        print(f"{kind} {name} --seed {seed}: {fault}", flush=True)
            for entry in os.listdir(driver.scratch):
                if entry != "inputs":
                    shutil.rmtree(f"{driver.scratch}/{entry}", ignore_errors=True)
    finally:
        shutil.rmtree(driver.scratch, ignore_errors=True)
    print(f"{'kind':8}{'tries':>8}{'failures':>10}")
    for kind, (tries, failures) in table.items():
        print(f"{kind:8}{tries:8}{failures:10}")
    sys.exit(1 if any(failures for _, failures in table.values()) else 0)


if __name__ == "__main__":
    main()
