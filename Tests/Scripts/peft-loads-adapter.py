"""Whether PEFT loads an adapter folder that spunge-eval wrote, and gives the same logits.

usage: peft-loads-adapter.py BASE ADAPTER EXPECTED.safetensors

EXPECTED holds `input_ids` [rows, tokens] and `logits` [rows, tokens, vocabulary] as spunge-eval computed them with
the adapter. Exits with 0 when they agree within 1e-3, 1 when not, 77 where PEFT is not installed.
"""

import sys

try:
    import torch
    from peft import PeftModel
    from safetensors.torch import load_file
    from transformers import AutoModelForCausalLM
except ImportError as error:
    print(f"skipped: {error}")
    sys.exit(77)

base, adapter, expected = sys.argv[1:]
reference = load_file(expected)
model = PeftModel.from_pretrained(
    AutoModelForCausalLM.from_pretrained(base, dtype=torch.float32), adapter
).eval()
with torch.no_grad():
    logits = model(reference["input_ids"].long()).logits
difference = (logits - reference["logits"]).abs().max().item()
print(f"largest difference of a logit: {difference:.2e}")
sys.exit(0 if difference < 1e-3 else 1)
