#!/usr/bin/env python3
"""Writes Tests/Fixtures/adapters: what PEFT makes of adapters of every kind, and an adapter_model.bin.

    python3 make-adapter-references.py OUTPUT

Needs torch, transformers and peft (written with 2.15, 5.24 and 0.21.2). No tensor is stored: base and adapters are
filled by the formula in `values`, which AdapterReferenceTests.swift has too.
"""
import json
import os
import sys
import tempfile
import warnings

import torch
from peft import LoraConfig, PeftModel, get_peft_model, get_peft_model_state_dict
from safetensors.torch import save_file
from transformers import LlamaConfig, LlamaForCausalLM, Qwen2Config, Qwen2ForCausalLM

warnings.simplefilter("ignore")
SHAPE = dict(hidden_size=16, intermediate_size=24, num_hidden_layers=2, num_attention_heads=2,
             num_key_value_heads=1, vocab_size=40, max_position_embeddings=32, tie_word_embeddings=False)


def values(name, shape):
    """Multiples of 1/512 that depend on the name and the position; lengths and norms are positive."""
    key = sum(name.encode())
    count = torch.Size(shape).numel()
    flat = torch.tensor([(index * 37 + key * 11) % 101 - 50 for index in range(count)], dtype=torch.float32) / 512
    positive = "norm" in name or "magnitude" in name
    return (flat.abs() + 0.5 if positive else flat).reshape(shape)


def base(kind):
    model = (LlamaForCausalLM(LlamaConfig(**SHAPE)) if kind == "llama" else Qwen2ForCausalLM(Qwen2Config(**SHAPE)))
    model.load_state_dict({name: values(name, tensor.shape) for name, tensor in model.state_dict().items()})
    return model.eval()


def case(name, kind="llama", rename=None, written=None, **fields):
    """One adapter; `written` replaces fields of the configuration as it lies on disk."""
    fields = {"r": 4, "lora_alpha": 8, **fields}
    made = get_peft_model(base(kind), LoraConfig(task_type="CAUSAL_LM", **fields))
    with tempfile.TemporaryDirectory() as folder:
        made.peft_config["default"].save_pretrained(folder)
        path = f"{folder}/adapter_config.json"
        with open(path) as file:
            config = {**json.load(file), **(written or {})}
        with open(path, "w") as file:
            json.dump(config, file)
        tensors = {(rename or str)(key): list(tensor.shape)
                   for key, tensor in get_peft_model_state_dict(made).items()}
        save_file({key: values(key, shape).contiguous() for key, shape in tensors.items()},
                  f"{folder}/adapter_model.safetensors")
        before = base(kind).state_dict()
        merged = PeftModel.from_pretrained(base(kind), folder).merge_and_unload().state_dict()
    changed = {}
    for key, tensor in merged.items():
        delta = (tensor.double() - before[key].double()).flatten()
        if delta.abs().max() > 0:
            place = 7 % delta.numel()
            changed[key] = [delta.sum().item(), delta.abs().sum().item(), delta[place].item()]
    kept = {key: value for key, value in config.items() if value not in (None, {}, [], False)}
    return {"name": name, "base": kind, "configuration": kept, "tensors": tensors, "changed": changed}


def with_adapter_name(key):
    for part in ("lora_A", "lora_B"):
        key = key.replace(f"{part}.weight", f"{part}.default.weight")
    return key


def main(output):
    cases = [
        case("plain", target_modules=["q_proj", "v_proj"]),
        case("patterns", target_modules=["q_proj", "v_proj", "up_proj"],
             rank_pattern={r"layers\.0\..*q_proj": 2, "up_proj": 3, "proj": 5},
             alpha_pattern={"v_proj": 32, r"model.layers.1.self_attn.q_pro.": 5}),
        case("stabilised", target_modules=["k_proj", "down_proj"], use_rslora=True, rank_pattern={"k_proj": 2},
             alpha_pattern={"down_proj": 3}),
        case("lengths", target_modules=["q_proj", "embed_tokens", "lm_head"], use_dora=True),
        case("all biases", kind="qwen2", target_modules=["q_proj", "o_proj"], bias="all"),
        case("adapted biases", kind="qwen2", target_modules=["q_proj", "o_proj"], bias="lora_only"),
        case("bias of B", kind="qwen2", target_modules=["q_proj", "k_proj"], lora_bias=True),
        case("kept whole", target_modules=["q_proj", "up_proj"], modules_to_save=["lm_head", "norm", "layers.1.mlp"]),
        case("embeddings", target_modules=["o_proj", "embed_tokens", "lm_head"], use_rslora=True),
        case("expression", target_modules=r".*\.0\.(self_attn\.(q|o)_proj|mlp\.up_proj)|^(?!.*layers\.0).*gate_pro\w"),
        case("all linear", target_modules="all-linear"),
        case("some layers", target_modules=["q_proj", "down_proj"], layers_to_transform=[1], layers_pattern="layers"),
        case("excluded", target_modules=["q_proj", "v_proj"], exclude_modules=r".*\.0\..*q_proj"),
        case("adapter's name", target_modules=["q_proj", "v_proj"], rename=with_adapter_name),
        case("fan in", target_modules=["q_proj", "v_proj"], written={"fan_in_fan_out": True}),
        case("no targets", written={"target_modules": None}, target_modules=["q_proj", "v_proj"]),
    ]
    os.makedirs(output, exist_ok=True)
    with open(f"{output}/references.json", "w") as file:
        json.dump({"shape": SHAPE, "cases": cases}, file, indent=1)
    first = cases[0]
    torch.save({key: values(key, shape) for key, shape in first["tensors"].items()}, f"{output}/adapter_model.bin")


if __name__ == "__main__":
    main(*sys.argv[1:])
