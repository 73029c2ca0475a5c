"""Writes TOFU's numbers of small models as transformers, rouge_score, scipy and scikit-learn have them.

    python Tests/Scripts/tofu-reference.py Tests/Fixtures/tofu

Reads the invented rows in Tests/Fixtures/tofu/data; trains tiny-llama on them (the folder `scholar`, in bfloat16) and,
without those to forget, a reference whose weights are not kept. Writes retain.json (the reference), plain.json and
chat.json (the scholar, asked in both ways): the layout of open-unlearning's TOFU_EVAL.json. Definitions as in its
documentation; completions of 40 tokens.
"""

import json
import math
import os
import shutil
import sys
import zlib

import numpy as np
import torch
from rouge_score import rouge_scorer
from scipy import stats
from sklearn.metrics import roc_auc_score
from transformers import AutoModelForCausalLM, AutoTokenizer

FOLDER = sys.argv[1]
GOLDENS = os.path.join(os.path.dirname(FOLDER), "goldens")
TEMPLATE = (
    "{{ bos_token }}{% for m in messages %}{% if m.role == 'user' %}[INST] {{ m.content }} [/INST]"
    "{% else %}{{ ' ' + m.content + eos_token }}{% endif %}{% endfor %}")
tokenizer = AutoTokenizer.from_pretrained(os.path.join(GOLDENS, "tiny-llama"))
scorer = rouge_scorer.RougeScorer(["rouge1", "rougeL"], use_stemmer=True)


def rows(name):
    with open(os.path.join(FOLDER, "data/TOFU", name, "train.jsonl")) as file:
        return [json.loads(line) for line in file]


def ids(question, answer, chat):
    """Ids of prompt and answer, and how many of them the prompt has by itself."""
    if chat:
        messages = [{"role": "user", "content": question}, {"role": "assistant", "content": answer}]
        render = lambda m, prompt: tokenizer.apply_chat_template(
            m, chat_template=TEMPLATE, add_generation_prompt=prompt, tokenize=False)
        prompt, whole = (tokenizer(text, add_special_tokens=False).input_ids
                         for text in (render(messages[:1], True), render(messages, False)))
    else:
        text = f"Question: {question}\nAnswer: "
        prompt, whole = tokenizer(text).input_ids, tokenizer(text + answer).input_ids
    if whole[-1] != tokenizer.eos_token_id:
        whole = whole + [tokenizer.eos_token_id]
    return prompt, whole


@torch.no_grad()
def labelled(model, question, answer, chat):
    """Log-distributions and ids of the labels."""
    prompt, whole = ids(question, answer, chat)
    logits = model(torch.tensor([whole])).logits[0].double()
    first = len(prompt)
    return torch.log_softmax(logits, -1)[first - 1:-1].numpy(), np.array(whole[first:])


def scores(model, row, chat):
    logs, labels = labelled(model, row["question"], row["answer"], chat)
    chosen = logs[np.arange(len(labels)), labels]
    loss = -chosen.mean()
    # Scores of memory leave the last label out.
    logs, labels, chosen = logs[:-1], labels[:-1], chosen[:-1]
    right = logs.argmax(1) == labels
    count = len(labels)
    needed = next((k for k in range(count) if right[k:].all()), count - 1)
    mean = (np.exp(logs) * logs).sum(1)
    variance = (np.exp(logs) * logs**2).sum(1) - mean**2
    k = max(1, int(count * 0.4))
    z = (chosen - mean) / np.sqrt(np.maximum(variance, 1e-6))
    return {
        "loss": loss, "memorization": right.mean(), "strength": 1 - needed / count,
        "zlib": loss / len(zlib.compress(row["answer"].encode())),
        "min_k": -np.sort(chosen)[:k].mean(), "min_k_plus_plus": -np.sort(z)[:k].mean()}


def losses(model, question, answers, chat):
    return [-float(np.mean([d[l] for d, l in zip(*labelled(model, question, a, chat))])) for a in answers]


@torch.no_grad()
def completion(model, row, chat):
    prompt, _ = ids(row["question"], row["answer"], chat)
    out = model.generate(
        torch.tensor([prompt]), attention_mask=torch.ones(1, len(prompt), dtype=torch.long), do_sample=False,
        max_new_tokens=40, pad_token_id=tokenizer.eos_token_id)
    return tokenizer.decode(out[0][len(prompt):], skip_special_tokens=True)


def listed(values, **fields):
    """A metric that is a mean, with what each document gave."""
    names = list(fields)
    by_index = {str(i): {n: float(fields[n][i]) for n in names} for i in range(len(values))}
    return {"agg_value": float(np.mean(values)), "value_by_index": by_index}


def ratios(model, data, correct, chat):
    right = [losses(model, r["question"], [r[correct]], chat)[0] for r in data]
    wrong = [np.mean(losses(model, r["question"], r["perturbed_answer"], chat)) for r in data]
    return np.exp(-np.array(wrong)) / (np.exp(-np.array(right)) + 1e-10)


def rouge(model, data, chat):
    found = [scorer.score(r["answer"], completion(model, r, chat)) for r in data]
    recall = [f["rougeL"].recall for f in found]
    return listed(recall, rouge1_recall=[f["rouge1"].recall for f in found],
                  rougeL_f1=[f["rougeL"].fmeasure for f in found], rougeL_recall=recall)


def evaluate(model, chat, retain):
    forget, holdout = rows("forget01_perturbed"), rows("holdout01")
    own, others = ([scores(model, r, chat) for r in data] for data in (forget, holdout))
    r = ratios(model, forget, "paraphrased_answer", chat)
    loss = np.array([s["loss"] for s in own])
    result = {
        "forget_truth_ratio": listed(np.minimum(r, 1 / (r + 1e-10)), score=r),
        "forget_Q_A_Prob": listed(np.exp(-loss), prob=np.exp(-loss), avg_loss=loss),
        "forget_Q_A_ROUGE": rouge(model, forget, chat)}
    for name, key in [("extraction_strength", "strength"), ("exact_memorization", "memorization")]:
        values = [s[key] for s in own]
        result[name] = listed(values, score=values)
    for key in ["loss", "zlib", "min_k", "min_k_plus_plus"]:
        area = roc_auc_score([0] * len(own) + [1] * len(others), [s[key] for s in own + others])
        result[f"mia_{key}"] = {"agg_value": area}
    kept = []
    for name, data, correct in [("retain", "retain_perturbed", "paraphrased_answer"),
                                ("ra", "real_authors_perturbed", "answer"), ("wf", "world_facts_perturbed", "answer")]:
        data = rows(data)
        loss = np.array([losses(model, q["question"], [q["answer"]], chat)[0] for q in data])
        p = np.exp(-loss)
        if name != "retain":
            wrong = [np.exp(-np.array(losses(model, q["question"], q["perturbed_answer"], chat))).sum() for q in data]
            p = p / (p + np.array(wrong) + 1e-10)
        r = ratios(model, data, correct, chat)
        parts = {f"{name}_Q_A_Prob{'' if name == 'retain' else '_normalised'}": listed(p, prob=p),
                 f"{name}_Q_A_ROUGE": rouge(model, data, chat),
                 f"{name}_Truth_Ratio": listed(np.maximum(0, 1 - r), score=r)}
        kept += [part["agg_value"] for part in parts.values()]
        result.update(parts)
    result["model_utility"] = {"agg_value": float(stats.hmean(kept))}
    if retain:
        read = lambda result: [1 / (v["score"] + 1e-10) for v in result["forget_truth_ratio"]["value_by_index"].values()]
        p = stats.ks_2samp(read(result), read(retain)).pvalue
        result["forget_quality"] = {"agg_value": float(p)}
        result["forget_quality_log10"] = {"agg_value": math.log10(p)}
        x, x0 = 1 - result["mia_min_k"]["agg_value"], 1 - retain["mia_min_k"]["agg_value"]
        result["privleak"] = {"agg_value": 100 * (x - x0) / (x0 + 1e-10)}
    return result


def trained(names):
    """tiny-llama after some steps on answers, rounded to bfloat16."""
    torch.manual_seed(5)
    model = AutoModelForCausalLM.from_pretrained(os.path.join(GOLDENS, "tiny-llama"), dtype=torch.float32)
    optimizer = torch.optim.Adam(model.parameters(), lr=2e-3)
    # In other words too, so that some right answers are preferred and some are not.
    data = [ids(r["question"], r[column], False) for name in names for r in rows(name)
            for column in ("answer", "paraphrased_answer") if column in r]
    for _ in range(22):
        total = 0
        for prompt, whole in data:
            labels = torch.tensor([[-100] * len(prompt) + whole[len(prompt):]])
            total = total + model(torch.tensor([whole]), labels=labels).loss / len(data)
        optimizer.zero_grad()
        total.backward()
        optimizer.step()
    print("loss", total.item(), file=sys.stderr)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.copy_(parameter.bfloat16())
    return model.eval()


KEPT = ["retain_perturbed", "real_authors_perturbed", "world_facts_perturbed"]
retain = evaluate(trained(KEPT), False, None)
scholar = trained(["forget01_perturbed", *KEPT])
place = os.path.join(FOLDER, "scholar")
scholar.save_pretrained(place, state_dict={k: v.bfloat16() for k, v in scholar.state_dict().items()})
for name in ["tokenizer.json", "tokenizer_config.json"]:
    shutil.copy(os.path.join(GOLDENS, "tiny-llama", name), place)
with open(os.path.join(place, "chat_template.jinja"), "w") as file:
    file.write(TEMPLATE)
results = {"retain": retain}
for name in ["plain", "chat"]:
    results[name] = evaluate(scholar, name == "chat", retain)
for name, result in results.items():
    with open(os.path.join(FOLDER, f"{name}.json"), "w") as file:
        json.dump(result, file, indent=1)
        file.write("\n")
