"""Whether PEFT loads an adapter that spunge-eval trained and wrote, and transformers the models it exports.

usage: peft-loads-adapter.py SPUNGE_EVAL BASE

Trains an adapter on a few rows of ids and lets spunge-eval write the adapter and the base with the adapter added
(task vector negation with a scale of -1), as an overlay that is exported. Compares: logits of base and adapter
under PEFT with those of the exported folder under transformers, within 1e-3; the sums of log-likelihoods under PEFT
with spunge-eval's own, within 1e-3. Exits with 0 when all agree, 1 when not, 77 where PEFT is not installed.
"""

import json
import os
import random
import subprocess
import sys
import tempfile

try:
    import torch
    from peft import PeftModel
    from transformers import AutoConfig, AutoModelForCausalLM
except ImportError as error:
    print(f"skipped: {error}")
    sys.exit(77)

program, base = sys.argv[1:]
drawing = random.Random(7)
vocabulary = AutoConfig.from_pretrained(base).vocab_size
rows = [[drawing.randrange(vocabulary) for _ in range(24)] for _ in range(8)]


def run(*arguments):
    subprocess.run([program, *arguments], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def lines(path, values):
    with open(path, "w") as file:
        file.writelines(json.dumps(value) + "\n" for value in values)


with tempfile.TemporaryDirectory() as folder:
    place = lambda name: os.path.join(folder, name)
    lines(place("forget.jsonl"), [{"ids": row} for row in rows])
    settings = ["training.rank=8", "training.alpha=16", "training.learningRate=5e-3", "training.epochs=3",
                "training.targets=[q_proj,v_proj,down_proj]", "scale=-1"]
    run("unlearn", "--method", "task_vector_negation", *[part for s in settings for part in ("--set", s)],
        "--base", base, "--forget", place("forget.jsonl"), "--adapter-output", place("adapter"), "--overlay",
        "--output", place("overlay"))
    run("export", place("overlay"), "--out-dtype", "F32", "--output", place("whole"))
    questions = [{"context_ids": row[:1], "continuation_ids": row[1:]} for row in rows]
    lines(place("questions.jsonl"), questions)
    run("loglikelihood", "--model", place("whole"), "--input", place("questions.jsonl"),
        "--output", place("answers.jsonl"))
    ours = torch.tensor([json.loads(line)["loglikelihood"] for line in open(place("answers.jsonl"))])

    ids = torch.tensor(rows)
    plain = AutoModelForCausalLM.from_pretrained(base, dtype=torch.float32).eval()
    whole = AutoModelForCausalLM.from_pretrained(place("whole"), dtype=torch.float32).eval()
    with torch.no_grad():
        before = plain(ids).logits
        adapted = PeftModel.from_pretrained(plain, place("adapter")).eval()(ids).logits
        exported = whole(ids).logits
    scores = adapted[:, :-1].double().log_softmax(-1).gather(-1, ids[:, 1:, None]).sum((1, 2))

moved = (adapted - before).abs().max().item()
exports = (adapted - exported).abs().max().item()
likelihoods = (scores - ours).abs().max().item()
print(f"the adapter moves a logit by up to {moved:.2f}; PEFT and the export differ by {exports:.1e}, "
      f"log-likelihoods of PEFT and spunge-eval by {likelihoods:.1e}")
sys.exit(0 if moved > 0.1 and exports < 1e-3 and likelihoods < 1e-3 else 1)
