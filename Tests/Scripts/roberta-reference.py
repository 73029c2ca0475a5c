"""Makes Tests/Fixtures/tiny-roberta: a tiny random RoBERTa classifier, its logits and its gradients by PyTorch.

Usage: python Tests/Scripts/roberta-reference.py FOLDER    (transformers 5.23, torch 2.15)
"""
import json
import sys

import torch
from safetensors.torch import save_file
from transformers import RobertaConfig, RobertaForSequenceClassification

folder = sys.argv[1]
torch.manual_seed(3)
config = RobertaConfig(
    vocab_size=40, hidden_size=24, num_hidden_layers=2, num_attention_heads=3, intermediate_size=20,
    max_position_embeddings=22, type_vocab_size=1, num_labels=3, pad_token_id=1, bos_token_id=0,
    eos_token_id=2, hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0)
model = RobertaForSequenceClassification(config).eval()
for parameter in model.parameters():
    torch.nn.init.normal_(parameter, 0.0, 0.3)
model.save_pretrained(folder)
# The second text holds a padding id; the third is as long as the network reads; the last is <s> alone.
texts = [[0, 5, 7, 9, 2], [0, 11, 1, 12, 2], [0] + list(range(3, 21)) + [2], [0]]
labels = [2, 0, 1, 1]
assert len(texts[2]) == 20
rows = [model(input_ids=torch.tensor([text])).logits[0] for text in texts]
loss = torch.nn.functional.cross_entropy(torch.stack(rows), torch.tensor(labels))
loss.backward()
json.dump(
    {"texts": texts, "labels": labels, "logits": [row.tolist() for row in rows], "loss": loss.item()},
    open(f"{folder}/reference.json", "w"), indent=1)
gradients = {name: value.grad for name, value in model.named_parameters()}
save_file({f"gradient/{name}": value.clone() for name, value in gradients.items()},
          f"{folder}/gradients.safetensors")
