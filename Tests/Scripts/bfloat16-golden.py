#!/usr/bin/env python3
"""Trains tiny-llama with bfloat16 products in torch, for Tests/Fixtures/goldens/bfloat16.json.

Needs torch, transformers, peft and safetensors. The LoRA and RMU runs of reference.json are repeated twice: with every linear
map's operands rounded to bfloat16, forward and backward, and sums in float32 (`rounded`), and under torch.autocast
(`autocast`), which also rounds results and the attention's products. Written are the losses of every step and, of the
rounded runs, the first gradients of LoRA's second factors and norms of what trained.

    bfloat16-golden.py Tests/Fixtures/goldens
"""
import contextlib, json, sys
import torch
from peft import LoraConfig, get_peft_model
from safetensors.torch import load_file
from transformers import AutoModelForCausalLM

goldens = sys.argv[1]
reference = load_file(f"{goldens}/reference.safetensors")
details = json.load(open(f"{goldens}/reference.json"))


class Rounded(torch.autograd.Function):
    @staticmethod
    def forward(context, x, weight):
        x, weight = x.bfloat16().float(), weight.bfloat16().float()
        context.save_for_backward(x, weight)
        return x @ weight.T

    @staticmethod
    def backward(context, gradient):
        x, weight = context.saved_tensors
        gradient = gradient.bfloat16().float()
        flat = gradient.reshape(-1, gradient.shape[-1])
        return gradient @ weight, flat.T @ x.reshape(-1, x.shape[-1])


def load(kind):
    model = AutoModelForCausalLM.from_pretrained(f"{goldens}/tiny-llama", attn_implementation="eager").float()
    return model, (lambda: torch.autocast("cpu", dtype=torch.bfloat16)) if kind == "autocast" else contextlib.nullcontext


def round_linears(model, kind):
    if kind != "rounded":
        return
    for module in model.modules():
        if isinstance(module, torch.nn.Linear):
            assert module.bias is None
            module.forward = lambda x, module=module: Rounded.apply(x, module.weight)


def lora(kind):
    base, context = load(kind)
    settings = details["lora"]
    model = get_peft_model(base, LoraConfig(
        r=settings["r"], lora_alpha=settings["lora_alpha"], target_modules=settings["target_modules"], lora_dropout=0.0))
    parameters = {name: p for name, p in model.named_parameters() if p.requires_grad}
    with torch.no_grad():
        for name, parameter in parameters.items():
            parameter.copy_(reference.get("lora/init/" + name, torch.zeros_like(parameter)))
    round_linears(model, kind)
    optimizer = torch.optim.AdamW(parameters.values(), lr=settings["lr"], weight_decay=0)
    losses = []
    for rate, batch in zip(settings["lrs"], reference["lora/batches"]):
        for group in optimizer.param_groups:
            group["lr"] = rate
        with context():
            logits = model(batch).logits
        loss = torch.nn.functional.cross_entropy(logits[:, :-1].flatten(0, 1).float(), batch[:, 1:].flatten())
        optimizer.zero_grad()
        loss.backward()
        if not losses:
            gradients = {
                name: parameter.grad.flatten().tolist() for name, parameter in parameters.items() if "lora_B" in name}
        optimizer.step()
        losses.append(loss.item())
    norms = {name: parameter.detach().norm().item() for name, parameter in parameters.items()}
    return {"losses": losses, "norms": norms, "gradients": gradients if kind == "rounded" else {}}


def rmu(kind):
    settings = details["rmu"]
    (model, context), (frozen, _) = load(kind), load(kind)
    round_linears(model, kind)
    round_linears(frozen, kind)
    layers = model.model.layers
    parameters = [layers[index].mlp.down_proj.weight for index in settings["layer_ids"]]
    start = [parameter.detach().clone() for parameter in parameters]
    optimizer = torch.optim.AdamW(parameters, lr=settings["lr"], weight_decay=0.01)
    layer = settings["layer_id"]
    alphas = settings["alpha"] if isinstance(settings["alpha"], list) else [settings["alpha"]]

    def states(network, tokens, gradient):
        # hidden_states[i + 1] is what block i leaves.
        with contextlib.nullcontext() if gradient else torch.no_grad(), context():
            return network(tokens, output_hidden_states=True).hidden_states[layer + 1].float()

    forget, retain = reference["rmu/forget_batches"], reference["rmu/retain_batches"]
    losses = []
    for step in range(len(settings["history"])):
        domain, batch = step % forget.shape[0], step // forget.shape[0]
        vector = reference["rmu/control_vectors"][domain].reshape(1, 1, -1)
        held = states(frozen, retain[domain, batch], False)
        forget_loss = torch.nn.functional.mse_loss(
            states(model, forget[domain, batch], True), vector.expand_as(states(frozen, forget[domain, batch], False)))
        retain_loss = torch.nn.functional.mse_loss(states(model, retain[domain, batch], True), held)
        loss = forget_loss + alphas[domain % len(alphas)] * retain_loss
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append([forget_loss.item(), loss.item()])
    changes = [(parameter.detach() - before).norm().item() for parameter, before in zip(parameters, start)]
    return {"losses": losses, "changes": changes}


result = {"torch": torch.__version__}
for name, run in (("lora", lora), ("rmu", rmu)):
    result[name] = {kind: run(kind) for kind in ("float32", "rounded", "autocast")}
    known = details[name]["losses"] if name == "lora" else [[h["forget_loss"], h["loss"]] for h in details[name]["history"]]
    flat = lambda values: torch.tensor(values).flatten()
    print(name, "float32 against reference.json:", (flat(result[name]["float32"]["losses"]) - flat(known)).abs().max().item())
    for kind in ("rounded", "autocast"):
        print(name, kind, "against float32:", (flat(result[name][kind]["losses"]) - flat(known)).abs().max().item())
    del result[name]["float32"]
json.dump(result, open(f"{goldens}/bfloat16.json", "w"), indent=1)
