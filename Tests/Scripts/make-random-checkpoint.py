#!/usr/bin/env python3
"""Makes a Llama-shaped Hugging Face folder with random bfloat16 weights, and PEFT adapters for it.

For measurements of memory and time at a real model's size; needs numpy only. The weights are pieces of one
block of normal numbers, so that a 7B model is written as fast as the disk takes it.

    make-random-checkpoint.py FOLDER --shape 7b --adapters 5 --rank 16 --targets q_proj,v_proj

writes FOLDER/base and FOLDER/adapter-0 … FOLDER/adapter-4.
"""
import argparse, json, os
import numpy as np

SHAPES = {  # hidden, layers, heads, key/value heads, feed-forward, vocabulary
    "tiny": (64, 4, 4, 2, 128, 512),
    "1b": (2048, 16, 32, 8, 5632, 32000),
    "7b": (4096, 32, 32, 8, 14336, 32000),
    "llama2-7b": (4096, 32, 32, 32, 11008, 32000),
}


def blocks(shape):
    hidden, _, heads, kv, feed, _ = shape
    width = hidden // heads
    return {
        "self_attn.q_proj": (heads * width, hidden), "self_attn.k_proj": (kv * width, hidden),
        "self_attn.v_proj": (kv * width, hidden), "self_attn.o_proj": (hidden, heads * width),
        "mlp.gate_proj": (feed, hidden), "mlp.up_proj": (feed, hidden), "mlp.down_proj": (hidden, feed),
    }


def tensors(shape):
    hidden, layers, _, _, _, vocabulary = shape
    yield "model.embed_tokens.weight", (vocabulary, hidden)
    for layer in range(layers):
        for name, extents in blocks(shape).items():
            yield f"model.layers.{layer}.{name}.weight", extents
        for name in ("input_layernorm", "post_attention_layernorm"):
            yield f"model.layers.{layer}.{name}.weight", (hidden,)
    yield "model.norm.weight", (hidden,)
    yield "lm_head.weight", (vocabulary, hidden)


def write(path, items, dtype, fill):
    """One safetensors file; `fill(name, count)` gives a tensor's elements as bytes-like pieces."""
    size = {"BF16": 2, "F32": 4}[dtype]
    header, offset = {"__metadata__": {"format": "pt"}}, 0
    for name, extents in items:
        count = int(np.prod(extents)) * size
        header[name] = {"dtype": dtype, "shape": list(extents), "data_offsets": [offset, offset + count]}
        offset += count
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as file:
        file.write(len(text).to_bytes(8, "little") + text)
        for name, extents in items:
            for piece in fill(name, int(np.prod(extents))):
                file.write(piece)
    return offset


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder")
    parser.add_argument("--shape", choices=SHAPES, default="tiny")
    parser.add_argument("--layers", type=int, help="another number of layers")
    parser.add_argument("--adapters", type=int, default=0)
    parser.add_argument("--rank", type=int, default=16)
    parser.add_argument("--targets", default="q_proj,v_proj")
    parser.add_argument("--shard-bytes", type=int, default=5_000_000_000)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    shape = list(SHAPES[options.shape])
    shape[1] = options.layers or shape[1]
    random = np.random.default_rng(options.seed)
    normal = random.standard_normal(1 << 22, dtype=np.float32)

    def pieces(count, scale, convert):
        block = convert(normal * np.float32(scale))
        while count > 0:
            start = int(random.integers(0, len(block) // 2))
            piece = block[start:start + count]
            count -= len(piece)
            yield piece.tobytes()

    def bfloat16(values):
        bits = values.view(np.uint32)
        return ((bits + 0x7FFF + (bits >> 16 & 1)) >> 16).astype(np.uint16)

    base = os.path.join(options.folder, "base")
    os.makedirs(base)
    hidden, layers, heads, kv, feed, vocabulary = shape
    config = {
        "architectures": ["LlamaForCausalLM"], "model_type": "llama", "hidden_size": hidden,
        "num_hidden_layers": layers, "num_attention_heads": heads, "num_key_value_heads": kv,
        "intermediate_size": feed, "vocab_size": vocabulary, "rms_norm_eps": 1e-5, "rope_theta": 10000.0,
        "max_position_embeddings": 4096, "hidden_act": "silu", "tie_word_embeddings": False,
        "attention_bias": False, "torch_dtype": "bfloat16", "bos_token_id": 1, "eos_token_id": 2,
    }
    with open(os.path.join(base, "config.json"), "w") as file:
        json.dump(config, file, indent=2)

    def weights(name, count):
        if name.endswith("norm.weight"):
            return [bfloat16(np.ones(count, np.float32)).tobytes()]
        return pieces(count, 0.02, bfloat16)

    shards, room = [], 0
    for name, extents in tensors(shape):
        count = 2 * int(np.prod(extents))
        if not shards or count > room:
            shards.append([])
            room = options.shard_bytes
        shards[-1].append((name, extents))
        room -= count
    homes, total = {}, 0
    for index, items in enumerate(shards):
        name = f"model-{index + 1:05}-of-{len(shards):05}.safetensors" if len(shards) > 1 else "model.safetensors"
        total += write(os.path.join(base, name), items, "BF16", weights)
        homes.update({tensor: name for tensor, _ in items})
    if len(shards) > 1:
        with open(os.path.join(base, "model.safetensors.index.json"), "w") as file:
            json.dump({"metadata": {"total_size": total}, "weight_map": homes}, file, indent=2)

    targets = options.targets.split(",")
    for number in range(options.adapters):
        folder = os.path.join(options.folder, f"adapter-{number}")
        os.makedirs(folder)
        items = []
        for layer in range(layers):
            for name, (out, inner) in blocks(shape).items():
                if name.split(".")[-1] in targets:
                    module = f"base_model.model.model.layers.{layer}.{name}"
                    items.append((f"{module}.lora_A.weight", (options.rank, inner)))
                    items.append((f"{module}.lora_B.weight", (out, options.rank)))
        write(os.path.join(folder, "adapter_model.safetensors"), items, "F32",
              lambda _, count: pieces(count, 0.02, lambda values: values))
        with open(os.path.join(folder, "adapter_config.json"), "w") as file:
            json.dump({
                "peft_type": "LORA", "task_type": "CAUSAL_LM", "r": options.rank, "lora_alpha": options.rank,
                "lora_dropout": 0.0, "target_modules": targets, "bias": "none", "fan_in_fan_out": False,
                "init_lora_weights": True, "base_model_name_or_path": None, "inference_mode": True,
                "modules_to_save": None, "rank_pattern": {}, "alpha_pattern": {}, "use_rslora": False,
                "use_dora": False,
            }, file, indent=2)


if __name__ == "__main__":
    main()
