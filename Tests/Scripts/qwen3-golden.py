#!/usr/bin/env python3
"""Makes a random Qwen3 and what transformers and torch compute with it, for Tests/Fixtures/goldens.

Needs torch, transformers and gguf. tiny-qwen3 holds config.json and model.safetensors as `save_pretrained` writes them,
tiny-qwen3.gguf the same weights under the names of gguf-py's table, qwen3.safetensors for two texts the
log-probabilities of all next tokens and greedy continuations, and for the first text the gradients of the mean
next-token loss.

    qwen3-golden.py Tests/Fixtures/goldens
"""
import os, sys
import gguf, numpy as np, torch
from safetensors.torch import save_file
from transformers import Qwen3Config, Qwen3ForCausalLM

goldens = sys.argv[1]
folder = f"{goldens}/tiny-qwen3"
torch.manual_seed(3)
config = Qwen3Config(
    vocab_size=96, hidden_size=32, intermediate_size=48, num_hidden_layers=2, num_attention_heads=4,
    num_key_value_heads=2, head_dim=16, max_position_embeddings=64, rms_norm_eps=1e-6, tie_word_embeddings=False,
    bos_token_id=1, eos_token_id=2, attn_implementation="eager")
model = Qwen3ForCausalLM(config).float().eval()
with torch.no_grad():
    for name, parameter in model.named_parameters():
        if name.endswith("norm.weight"):
            parameter.copy_(torch.empty_like(parameter).uniform_(0.5, 1.5))
        else:
            parameter.normal_(0, 0.25)
os.makedirs(folder, exist_ok=True)
model.save_pretrained(folder)
if os.path.exists(f"{folder}/generation_config.json"):
    os.remove(f"{folder}/generation_config.json")

reference = {}
texts = [[1, 5, 9, 30, 77, 8, 41, 41, 60, 12, 93, 7, 3, 18, 25, 31, 66, 2, 50, 11], [1, 90, 14, 4]]
for number, ids in enumerate(texts):
    tokens = torch.tensor([ids])
    with torch.no_grad():
        logits = model(tokens).logits[0]
        written = model.generate(
            tokens, attention_mask=torch.ones_like(tokens), max_new_tokens=16, do_sample=False, eos_token_id=None,
            pad_token_id=0)[0, len(ids):]
    reference[f"text{number}/ids"] = torch.tensor(ids, dtype=torch.int64)
    reference[f"text{number}/log_probabilities"] = torch.log_softmax(logits.double(), -1).float().contiguous()
    reference[f"text{number}/greedy"] = written.to(torch.int64).contiguous()
tokens = torch.tensor([texts[0]])
loss = model(tokens, labels=tokens).loss
loss.backward()
reference["loss"] = loss.detach().reshape(1)
for name, parameter in model.named_parameters():
    if "embed" not in name and "lm_head" not in name:
        reference[f"gradient/{name}"] = parameter.grad.contiguous()
save_file(reference, f"{goldens}/qwen3.safetensors")

writer = gguf.GGUFWriter(f"{goldens}/tiny-qwen3.gguf", "qwen3")
writer.add_context_length(config.max_position_embeddings)
writer.add_embedding_length(config.hidden_size)
writer.add_block_count(config.num_hidden_layers)
writer.add_feed_forward_length(config.intermediate_size)
writer.add_head_count(config.num_attention_heads)
writer.add_head_count_kv(config.num_key_value_heads)
writer.add_key_length(config.head_dim)
writer.add_value_length(config.head_dim)
writer.add_layer_norm_rms_eps(config.rms_norm_eps)
theta = (getattr(config, "rope_parameters", None) or {}).get("rope_theta") or config.rope_theta
writer.add_rope_freq_base(theta)
writer.add_tokenizer_model("gpt2")
writer.add_tokenizer_pre("qwen2")
writer.add_token_list([f"<{index}>" for index in range(config.vocab_size)])
writer.add_token_merges([])
writer.add_bos_token_id(1)
writer.add_eos_token_id(2)
names = gguf.get_tensor_name_map(gguf.MODEL_ARCH.QWEN3, config.num_hidden_layers)
for name, tensor in model.state_dict().items():
    writer.add_tensor(names.get_name(name, try_suffixes=(".weight", ".bias")), tensor.numpy().astype(np.float32))
writer.write_header_to_file()
writer.write_kv_data_to_file()
writer.write_tensors_to_file()
writer.close()
