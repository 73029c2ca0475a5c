#!/usr/bin/env python3
"""Fine-tunes tiny-llama in torch and prunes random weights, for Tests/Fixtures/goldens/relearn.json.

Needs torch and transformers. Every parameter trains for four steps of two batches of two documents each, the loss a mean over
the step's counted predictions, those after a document's prompt. `adamw` is torch's; Lion is written here from algorithm 2 of
Chen et al. 2023. Pruning is torch.nn.utils.prune.l1_unstructured.

    relearn-golden.py Tests/Fixtures/goldens
"""
import json, sys
import torch
from torch.nn.utils import prune
from transformers import AutoModelForCausalLM

goldens = sys.argv[1]
generator = torch.Generator().manual_seed(11)
documents = [torch.randint(3, 200, [n], generator=generator).tolist() for n in (7, 5, 9, 6)]
starts = [3, 2, 4, 1]


class Lion(torch.optim.Optimizer):
    def __init__(self, parameters, lr, beta1, beta2, decay):
        super().__init__(parameters, dict(lr=lr, beta1=beta1, beta2=beta2, decay=decay))

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            for p in group["params"]:
                momentum = self.state[p].setdefault("momentum", torch.zeros_like(p))
                update = (group["beta1"] * momentum + (1 - group["beta1"]) * p.grad).sign()
                p.sub_(group["lr"] * (update + group["decay"] * p))
                momentum.mul_(group["beta2"]).add_((1 - group["beta2"]) * p.grad)


def relearn(kind):
    model = AutoModelForCausalLM.from_pretrained(f"{goldens}/tiny-llama", attn_implementation="eager").float()
    parameters = list(model.parameters())
    optimizer = (
        torch.optim.AdamW(parameters, lr=2e-3, weight_decay=0.01) if kind == "adamw" else Lion(parameters, 2e-4, 0.9, 0.99, 0.01))
    losses, steps = [], 4
    for step in range(steps):
        for group in optimizer.param_groups:
            group["lr"] = (2e-3 if kind == "adamw" else 2e-4) * (1 - step / steps)
        loss = 0
        counted = sum(len(ids) - max(start, 1) for ids, start in zip(documents, starts))
        for ids, start in zip(documents, starts):
            logits = model(torch.tensor([ids])).logits[0, :-1]
            each = torch.nn.functional.cross_entropy(logits, torch.tensor(ids[1:]), reduction="none")
            loss = loss + each[max(start, 1) - 1:].sum() / counted
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    norms = {name: parameter.detach().norm().item() for name, parameter in model.named_parameters()}
    return {"losses": losses, "norms": norms}


weights = torch.randn([5, 24], generator=generator)
weights[1] = 0.25
pruned = {}
for share in (0.0, 0.1, 0.475, 1.0):
    module = torch.nn.Linear(24, 5, bias=False)
    module.weight.data = weights.clone()
    prune.l1_unstructured(module, "weight", amount=share)
    pruned[str(share)] = [int((module.weight == 0).sum()), sorted(module.weight.abs().flatten().tolist())]
json.dump(
    {"documents": documents, "starts": starts, "adamw": relearn("adamw"), "lion": relearn("lion"),
     "weights": weights.flatten().tolist(), "pruned": pruned}, open(f"{goldens}/relearn.json", "w"))
