"""Makes Fixtures/mini-roberta: a small RoBERTa classifier with seeded random weights, as transformers and torch write it,
and what they compute with it: logits, gradients, five AdamW steps, token ids.

Run from the folder Tests with transformers 5.23, torch 2.15, safetensors: python Scripts/mini-roberta.py
"""
import json
import os
import random

import torch
import torch.nn.functional as F
from safetensors.torch import save_file
from transformers import RobertaConfig, RobertaForSequenceClassification, RobertaTokenizer

OUT = "Fixtures/mini-roberta"
torch.manual_seed(3)
random.seed(3)
torch.set_num_threads(1)

letters = "adehiklnorstuwy"
words = [" k", "ki", "in", "nd", " kind", "th", "the", " the", "er", "re", " w"]
vocabulary = ["<s>", "<pad>", "</s>", "<unk>"] + list(letters) + ["Ġ", ".", "!"]
merges = ["Ġ k", "i n", "in d", "Ġk ind", "t h", "th e", "Ġ the", "e r", "Ġ w", "Ġw e", "r e"]
vocabulary += [m.replace(" ", "") for m in merges] + ["<mask>"]
json.dump({t: i for i, t in enumerate(vocabulary)}, open(f"{OUT}/vocab.json", "w"), ensure_ascii=False)
open(f"{OUT}/merges.txt", "w").write("#version: 0.2\n" + "\n".join(merges) + "\n")

config = RobertaConfig(
    vocab_size=len(vocabulary) + 1, hidden_size=16, num_hidden_layers=2, num_attention_heads=2, intermediate_size=24,
    max_position_embeddings=26, type_vocab_size=1, layer_norm_eps=1e-5, hidden_dropout_prob=0.0,
    attention_probs_dropout_prob=0.0, id2label={0: "kind", 1: "unkind", 2: "unsure"},
    label2id={"kind": 0, "unkind": 1, "unsure": 2})
model = RobertaForSequenceClassification(config).eval()
with torch.no_grad():
    for name, p in model.named_parameters():
        p.copy_(torch.randn_like(p) * 0.3 + (1.0 if name.endswith("LayerNorm.weight") else 0.0))
model.save_pretrained(OUT)
state = model.state_dict()
torch.save(state, f"{OUT}/pytorch_model.bin")

# What a pickled state can hold besides whole float32 tensors.
base = torch.arange(24, dtype=torch.float32).reshape(4, 6) / 8
shared = torch.arange(10, dtype=torch.float32)
odd = {
    "float32": base, "transposed": base.t(), "slice": base[1:3, 2:5], "bfloat16": base.bfloat16(), "float16": base.half(),
    "float64": base.double(), "int64": torch.arange(5), "shared.left": shared[:6], "shared.right": shared[4:],
    "parameter": torch.nn.Parameter(base[0].clone()), "scalar": torch.tensor(2.5), "empty": torch.zeros(0, 3),
    "expanded": torch.tensor([1.0, 2.0]).expand(3, 2), "note": "text", "steps": 12345678901, "rate": 0.5, "none": None,
    "list": [1, True, False], "nested": {"weight": torch.tensor([7.0, 8.0])}}
torch.save(odd, f"{OUT}/odd.bin")
torch.save({"a": base}, f"{OUT}/legacy.bin", _use_new_zipfile_serialization=False)

texts = ["the kind", " there we are", "the <mask> kind!", "", "xyz the", "we were there. the kind! the end"]
tokenizer = RobertaTokenizer(vocab=f"{OUT}/vocab.json", merges=f"{OUT}/merges.txt")
ids = [tokenizer(t)["input_ids"] for t in texts]
rows = ids[:3] + [[0] + [random.randrange(4, len(vocabulary)) for _ in range(n)] + [2] for n in (1, 5, 22)] + [[0, 5, 1, 6, 2]]


def batch(sequences):
    width = max(map(len, sequences))
    out = torch.ones(len(sequences), width, dtype=torch.long)
    mask = torch.zeros(len(sequences), width, dtype=torch.long)
    for i, s in enumerate(sequences):
        out[i, : len(s)] = torch.tensor(s)
        mask[i, : len(s)] = 1
    return out, mask


def logits(sequences):
    return [model(torch.tensor([s])).logits[0].tolist() for s in sequences]


with torch.no_grad():
    reference = {"texts": texts, "text_ids": ids, "rows": rows, "logits": logits(rows)}
labels = [random.randrange(3) for _ in rows]
x, mask = batch(rows[:6])
loss = F.cross_entropy(model(x, attention_mask=mask).logits, torch.tensor(labels[:6]))
loss.backward()
save_file({n: p.grad.clone() for n, p in model.named_parameters()}, f"{OUT}/gradients.safetensors")
reference |= {"labels": labels, "loss": loss.item()}

optimizer = torch.optim.AdamW(model.parameters(), lr=0.01, weight_decay=0.01, betas=(0.9, 0.98))
losses = []
for step in range(5):
    optimizer.zero_grad()
    part = [step % 2, 2 + step % 2, 4 + step % 2]
    x, mask = batch([rows[i] for i in part])
    loss = F.cross_entropy(model(x, attention_mask=mask).logits, torch.tensor([labels[i] for i in part]))
    loss.backward()
    torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    optimizer.step()
    losses.append(loss.item())
with torch.no_grad():
    reference |= {"training_losses": losses, "logits_after": logits(rows)}
json.dump(reference, open(f"{OUT}/reference.json", "w"))
os.path.exists(f"{OUT}/tokenizer.json") and os.remove(f"{OUT}/tokenizer.json")
