#!/usr/bin/env python3
"""Rounds random weights by bitsandbytes, gguf-py and torch, for Tests/Fixtures/goldens/quantise.json.

Needs torch, bitsandbytes, gguf and numpy. The weights are [6, 96], so that blocks of 64 span rows; one row is zero, one has
equal sizes of both signs.

    quantise-golden.py Tests/Fixtures/goldens/quantise.json
"""
import json, sys
import bitsandbytes.functional as bnb
import gguf, numpy as np, torch
from gguf import GGMLQuantizationType as Type

generator = torch.Generator().manual_seed(5)
weights = torch.randn([6, 96], generator=generator) * 0.05
weights[2] = 0
weights[4, ::2] = 0.03125
weights[4, 1::2] = -0.03125
result = {"shape": [6, 96], "weights": weights.flatten().tolist()}
for name in ("nf4", "fp4"):
    # As rows of one block: the CPU's code confuses blocks that span rows, which the layout is defined to have.
    codes, state = bnb.quantize_4bit(weights.reshape(-1, 64), blocksize=64, quant_type=name)
    result[name] = bnb.dequantize_4bit(codes, state).flatten().tolist()
codes, scales, _ = bnb.int8_vectorwise_quant(weights.half())
result["int8"] = (codes.float() * scales.float()[:, None] / 127).flatten().tolist()
for name, bits, group in (("rtn", 4, 48), ("rtn_row", 3, 96)):
    blocks = weights.reshape(-1, group)
    scale = blocks.abs().amax(1, keepdim=True) / (2 ** (bits - 1) - 1)
    result[name] = torch.where(scale > 0, torch.round(blocks / scale) * scale, torch.zeros_like(blocks)).flatten().tolist()
for name, kind in (("q4_0", Type.Q4_0), ("q8_0", Type.Q8_0)):
    stored = gguf.quants.quantize(weights.numpy(), kind)
    result[name] = gguf.quants.dequantize(stored, kind).flatten().tolist()
json.dump(result, open(sys.argv[1], "w"))
