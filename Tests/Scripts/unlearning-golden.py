#!/usr/bin/env python3
"""Runs unlearning methods by their definitions in torch, on the tiny Llama of Tests/Fixtures/goldens.

Needs torch and transformers. Writes unlearning.json: for each run the settings it stands for, the data, the losses and
gradient norms of its steps, and samples of how weights changed. Everything is in float64, each text goes through the
network for itself (so there is no padding), and AdamW has an epsilon of 1, so that changes follow the gradients' sizes.

    unlearning-golden.py Tests/Fixtures/goldens
"""
import copy, json, math, random, sys
import torch
import torch.nn.functional as F
from safetensors.torch import load_file
from transformers import AutoModelForCausalLM

goldens = sys.argv[1]
torch.manual_seed(0)
start = AutoModelForCausalLM.from_pretrained(
    f"{goldens}/tiny-llama", dtype=torch.float32, attn_implementation="eager").double().eval()
draw = random.Random(7)
vocabulary = start.config.vocab_size


def text(length):
    return [1] + [draw.randrange(3, vocabulary) for _ in range(length - 1)]


# (ids, index of the first token that counts)
forget = [(text(9), 4), (text(7), 2), (text(11), 6)]
retain = [(text(8), 3), (text(6), 2), (text(10), 5)]
alternate = [(ids[:first] + [draw.randrange(3, vocabulary) for _ in range(4)], first) for ids, first in forget]


def logits(model, ids):
    return model(torch.tensor([ids])).logits[0]


def likelihoods(model, ids, first):
    """Log-likelihoods of the tokens from `first` on."""
    scores = torch.log_softmax(logits(model, ids)[:-1], -1)
    return scores[torch.arange(len(ids) - 1), torch.tensor(ids[1:])][first - 1:]


def retained(model, rows):
    return -torch.cat([likelihoods(model, ids, first) for ids, first in rows]).mean()


def reweighted(factor):
    def loss(model, rows):
        values = torch.cat([likelihoods(model, ids, first) for ids, first in rows])
        return (factor(values.detach().exp()) * values).mean()
    return loss


def soft(target, skipped=0):
    """Cross entropy to the distribution that `target` makes of (own logits, base's logits, next tokens)."""
    def loss(model, rows):
        values = []
        for ids, first in rows:
            own = logits(model, ids)[first - 1 + skipped:-1]
            with torch.no_grad():
                base = logits(start, ids)[first - 1 + skipped:-1]
                wanted = target(own.detach().clone(), base.clone(), torch.tensor(ids[first + skipped:]))
            values.append(F.cross_entropy(own, wanted, reduction="none"))
        return torch.cat(values).mean()
    return loss


def undial(own, base, following):
    base[torch.arange(len(following)), following] -= 3.0
    return base.softmax(-1)


def ceu(own, base, following):
    own[torch.arange(len(following)), following] = -math.inf
    return own.softmax(-1)


def flatness(model, rows):
    # The logits at the tokens that count, the last one's among them.
    values = [logits(model, ids)[first:] for ids, first in rows]
    return torch.cat([(z.max(-1).values - z.mean(-1)) ** 2 for z in values]).mean()


def preference(model, rows):
    beta, losses = 0.4, []
    for (ids, first), (other, other_first) in rows:
        ratio = [likelihoods(model, i, f).sum() - likelihoods(start, i, f).sum().detach()
                 for i, f in ((other, other_first), (ids, first))]
        losses.append(-2 / beta * F.logsigmoid(beta * (ratio[0] - ratio[1])))
    return torch.stack(losses).mean()


def samples(model, changed):
    before = dict(start.named_parameters())
    result = {}
    for name, parameter in model.named_parameters():
        if name in changed:
            change = (parameter.detach() - before[name].detach()).flatten()
            stride = max(1, len(change) // 40)
            result[name] = {"norm": float(change.norm()), "stride": stride, "values": change[::stride].tolist()}
    return result


def optimizer(model, rate, trained):
    parameters = []
    for name, parameter in model.named_parameters():
        parameter.requires_grad_(trained(name))
        if parameter.requires_grad:
            parameters.append(parameter)
    return torch.optim.AdamW(parameters, lr=rate, betas=(0.9, 0.999), eps=1, weight_decay=0), parameters


everything = ["lm_head.weight", "model.norm.weight", "model.layers.3.mlp.up_proj.weight",
              "model.layers.0.self_attn.q_proj.weight", "model.embed_tokens.weight"]


def fine_tuning(settings, loss, steps, rate=0.5, weight=0.0, factor=1.0, rows=forget, batch=3, dual=None):
    """`dual`: (α, step, limit, first epoch with changes, 'step' or 'epoch')."""
    model = copy.deepcopy(start)
    steps_per_epoch = math.ceil(len(rows) / batch)
    adam, parameters = optimizer(model, rate, lambda name: True)
    history = []

    def kept(step):
        return [retain[place % len(retain)] for place in range(step * batch, (step + 1) * batch)]

    for step in range(steps):
        epoch = step // steps_per_epoch
        if dual and dual[4] == "epoch" and step % steps_per_epoch == 0 and epoch >= max(1, dual[3]):
            with torch.no_grad():
                over = retained(model, sum((kept(s) for s in range(step - steps_per_epoch, step)), [])) - dual[2]
            weight = max(0.0, weight + dual[1] * float(over))
        first = step % steps_per_epoch * batch
        a = factor * loss(model, rows[first:first + batch])
        raw = retained(model, kept(step)) if weight or dual else torch.zeros(())
        adam.zero_grad()
        (a + weight * raw).backward()
        norm = torch.cat([p.grad.flatten() for p in parameters if p.grad is not None]).norm()
        history.append({"forget": a.item(), "retain": (weight * raw).item(), "norm": norm.item()})
        adam.step()
        if dual and dual[4] == "step" and epoch >= dual[3]:
            weight = max(0.0, weight + dual[1] * (raw.item() - dual[2]))
    common = [
        "training.parameters=full", "training.optimizer=adamw", f"training.learningRate={rate}",
        "training.adamEpsilon=1", "training.weightDecay=0", "training.schedule=constant", "training.warmupShare=0",
        "training.gradientClipping=0", f"training.epochs={steps // steps_per_epoch}", f"training.batchSize={batch}",
        "training.accumulation=1", "training.shuffle=false", "training.loss=completion"]
    return {"settings": settings + common, "steps": history, "changes": samples(model, everything)}


def adaptive_rmu():
    reference = load_file(f"{goldens}/reference.safetensors")
    texts, kept = reference["rmu/forget_batches"], reference["rmu/retain_batches"]
    vectors = next(reference[n] for n in ("control_vectors", "rmu/control_vectors") if n in reference).double()
    layer, scale, alpha, rate, steps, trained = 2, 0.7, 20.0, 0.01, 6, (1, 2)
    names = [f"model.layers.{index}.mlp.down_proj.weight" for index in trained]
    model = copy.deepcopy(start)
    adam, parameters = optimizer(model, rate, lambda name: name in names)
    coefficients, history = {}, []

    def hidden(network, rows):
        return network(rows, output_hidden_states=True).hidden_states[layer + 1]

    for step in range(steps):
        domain, batch = step % len(texts), step // len(texts)
        states = hidden(model, texts[domain][batch])
        if domain not in coefficients:
            coefficients[domain] = scale * float(states.detach().norm(dim=-1).mean(1).mean())
        a = F.mse_loss(states, (vectors.reshape(len(texts), -1)[domain] * coefficients[domain]).expand_as(states))
        with torch.no_grad():
            base = hidden(start, kept[domain][batch])
        b = alpha * F.mse_loss(hidden(model, kept[domain][batch]), base)
        adam.zero_grad()
        (a + b).backward()
        norm = torch.cat([p.grad.flatten() for p in parameters]).norm()
        history.append({"forget": a.item(), "retain": b.item(), "norm": norm.item()})
        adam.step()
    return {"settings": [
        f"layer={layer}", f"trainedLayers={list(trained)}", f"scale={scale}", f"alphas=[{alpha}]",
        f"learningRate={rate}", "adamEpsilon=1", f"batchSize={texts.shape[2]}", f"maximumBatches={steps}"],
        "steps": history, "changes": samples(model, names), "coefficients": [coefficients[d] for d in range(len(texts))]}


def representations():
    """Both losses of circuit breakers on a model whose weights are a little off the base's."""
    model = copy.deepcopy(start)
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if name.startswith("model.layers."):
                steps = (torch.arange(parameter.numel()) % 7 - 3).double().reshape(parameter.shape)
                parameter.copy_((parameter * (1 + 0.01 * steps)).float().double())

    def hidden(network, layer, rows):
        return torch.cat([network(torch.tensor([ids]), output_hidden_states=True).hidden_states[layer + 1][0]
                          for ids, _ in rows])

    result = {}
    for kind, layers in (("alignment", [0, 2]), ("distance", [0, 1, 2])):
        losses = []
        for layer in layers:
            states = hidden(model, layer, forget)
            with torch.no_grad():
                base = hidden(start, layer, forget)
            losses.append(F.cosine_similarity(states, base, dim=-1).relu().mean() if kind == "alignment"
                          else torch.norm(states - base, dim=-1).mean())
        loss = torch.stack(losses).mean()
        model.zero_grad()
        loss.backward()
        gradients = {}
        for name in ("model.layers.0.self_attn.v_proj.weight", "model.layers.1.mlp.gate_proj.weight",
                     "model.layers.2.mlp.down_proj.weight", "model.layers.2.input_layernorm.weight"):
            gradient = dict(model.named_parameters())[name].grad.flatten()
            stride = max(1, len(gradient) // 40)
            gradients[name] = {"norm": float(gradient.norm()), "stride": stride, "values": gradient[::stride].tolist()}
        result[kind] = {"layers": layers, "value": loss.item(), "changes": gradients}
    return result


limit = "retainLimit"
runs = {
    "wga": fine_tuning(["beta=0.5", "retain.weight=0.02"], reweighted(lambda p: p ** 0.5), 3, weight=0.02),
    "satimp": fine_tuning(
        ["saturation=0.75", "importance=3", "forgetWeight=5", "retain.weight=0.02"],
        reweighted(lambda p: p ** 0.75 * (1 - p) ** 3), 3, weight=0.02, factor=5.0),
    "undial": fine_tuning(["beta=3"], soft(undial), 3, rate=0.1),
    "ceu": fine_tuning(["skippedTokens=1"], soft(ceu, skipped=1), 3, rate=5),
    "dpo": fine_tuning(["beta=0.4", "retain.weight=0.5"], preference, 3, weight=0.5, rows=list(zip(forget, alternate)),
        rate=0.002),
    "pdu": fine_tuning(
        ["retainWeight=1.5", f"{limit}=8", "dualStep=1", "dualUpdate=step", "dualWarmupEpochs=1"], flatness, 5,
        weight=1.5, rate=0.005, dual=(1.5, 1.0, 8.0, 1, "step")),
    "pdu rising": fine_tuning(
        ["retainWeight=0", f"{limit}=6", "dualStep=2", "dualUpdate=step", "dualWarmupEpochs=0"], flatness, 3,
        weight=0.0, rate=0.005, dual=(0.0, 2.0, 6.0, 0, "step")),
    "pdu epochs": fine_tuning(
        ["retainWeight=0.5", f"{limit}=6", "dualStep=0.5", "dualUpdate=epoch", "dualWarmupEpochs=0"], flatness, 6,
        weight=0.5, rate=0.002, batch=2, dual=(0.5, 0.5, 6.0, 0, "epoch")),
    "adaptive_rmu": adaptive_rmu(),
}


def rounded(value):
    if isinstance(value, float):
        return float(f"{value:.9g}")
    if isinstance(value, dict):
        return {key: rounded(inner) for key, inner in value.items()}
    return [rounded(inner) for inner in value] if isinstance(value, (list, tuple)) else value


with open(f"{goldens}/unlearning.json", "w") as file:
    json.dump(rounded({
        "forget": forget, "retain": retain, "alternate": alternate, "runs": runs,
        "representations": representations()}), file)
    file.write("\n")
