#!/usr/bin/env python3
"""Makes tiny random models of every decoder architecture, and what transformers, torch and PEFT compute with them.

Needs torch, transformers, peft and gguf. Of each architecture there are two shapes, a and b. A folder holds config.json and
model.safetensors as `save_pretrained` writes them (in bfloat16), and reference.json: for some texts the log-probability of
every token and greedy continuations, both without a cache; for the first, loss and gradients of the mean next-token loss,
those of a hidden-state loss, and the losses of three LoRA steps on PEFT's default modules. Of gradients and factors there are
their norms and their products with a fixed vector. Shape a has also lora.safetensors, PEFT's first factors, and model.gguf
with the names of gguf-py's tables and the layouts that llama.cpp's converter gives the tensors.

    architecture-references.py Tests/Fixtures/architectures [NAME…]
"""
import json, os, sys
import gguf, numpy as np, peft, torch
from safetensors.torch import save_file
import transformers
from transformers import AutoConfig, AutoModelForCausalLM

torch.set_num_threads(1)
target, chosen = sys.argv[1], sys.argv[2:]

# One text for gradients, one that is longer than all windows and original contexts, a short one.
TEXTS = [
    [1, 5, 9, 30, 47, 8, 41, 41, 20, 12, 33, 7, 3, 18, 25, 31, 46, 2, 50, 11],
    [(7 * i * i + 3 * i + 1) % 53 for i in range(44)],
    [1, 40, 14, 4],
]

COMMON = dict(vocab_size=56, num_hidden_layers=3, max_position_embeddings=64, bos_token_id=1, eos_token_id=2)
LONGROPE = dict(rope_type="longrope", short_factor=[1.0, 1.1, 1.3, 1.6], long_factor=[1.2, 1.7, 2.5, 4.0])

def shapes(name):
    """Model type, settings of shape a, settings of shape b."""
    a = dict(hidden_size=20, intermediate_size=28, num_attention_heads=4, num_key_value_heads=2)
    b = dict(hidden_size=24, intermediate_size=17, num_attention_heads=3, num_key_value_heads=1)
    gpt = dict(n_embd=24, n_head=3, n_layer=3, n_positions=64)
    own = {
        "gemma": ("gemma", dict(a, head_dim=8), dict(b, head_dim=10, num_key_value_heads=3, attention_bias=True)),
        "gemma2": ("gemma2", dict(a, head_dim=8, query_pre_attn_scalar=12, sliding_window=7, attn_logit_softcapping=3.0,
                                  final_logit_softcapping=4.0),
                   dict(b, head_dim=6, sliding_window=5, query_pre_attn_scalar=6, attn_logit_softcapping=None,
                        final_logit_softcapping=9.0)),
        "gemma3": ("gemma3_text", dict(a, head_dim=8, query_pre_attn_scalar=8, sliding_window=7, num_hidden_layers=6),
                   dict(b, head_dim=6, query_pre_attn_scalar=20, sliding_window=5, tie_word_embeddings=False,
                        layer_types=["full_attention", "sliding_attention", "sliding_attention"],
                        rope_parameters={"full_attention": {"rope_type": "linear", "factor": 2.0, "rope_theta": 5e4},
                                         "sliding_attention": {"rope_type": "default", "rope_theta": 3e3}})),
        "phi3": ("phi3", dict(a, hidden_size=32, original_max_position_embeddings=24, rope_parameters=dict(LONGROPE),
                              pad_token_id=0),
                 dict(b, tie_word_embeddings=True, sliding_window=6, pad_token_id=0,
                      rope_parameters={"rope_type": "default", "rope_theta": 1e4, "partial_rotary_factor": 0.75})),
        "gptneox": ("gpt_neox", dict(a, hidden_size=32),
                    dict(b, hidden_size=36, use_parallel_residual=False, tie_word_embeddings=True, hidden_act="gelu_new",
                         attention_bias=False, rope_parameters={"rope_type": "default", "rope_theta": 500.0,
                                                                "partial_rotary_factor": 0.5})),
        "olmo2": ("olmo2", dict(a, hidden_size=24, pad_token_id=0), dict(b, pad_token_id=0, num_key_value_heads=3, tie_word_embeddings=True,
                                                         attention_bias=True)),
        "phi": ("phi", dict(a, hidden_size=32), dict(b, hidden_size=36, num_key_value_heads=3, tie_word_embeddings=True,
                                                     hidden_act="gelu", rope_parameters={
                                                         "rope_type": "default", "rope_theta": 800.0,
                                                         "partial_rotary_factor": 0.34})),
        "gpt2": ("gpt2", dict(gpt), dict(gpt, n_embd=21, n_inner=30, tie_word_embeddings=False,
                                         activation_function="gelu")),
        "gptj": ("gptj", dict(gpt, n_embd=32, n_head=4, rotary_dim=4), dict(gpt, n_inner=20, rotary_dim=8,
                                                                           tie_word_embeddings=True)),
        # One more of Llama for each way to scale rotary embeddings.
        "llama-yarn": ("llama", dict(a, hidden_size=32, rope_parameters={
            "rope_type": "yarn", "factor": 4.0, "rope_theta": 1e4, "original_max_position_embeddings": 16}),
            dict(b, rope_parameters={"rope_type": "yarn", "factor": 2.5, "rope_theta": 700.0, "beta_fast": 8.0,
                                     "beta_slow": 0.5, "original_max_position_embeddings": 32, "truncate": False,
                                     "mscale": 0.7, "mscale_all_dim": 0.4})),
        "llama-linear": ("llama", dict(a, hidden_size=32, rope_parameters={
            "rope_type": "linear", "factor": 3.0, "rope_theta": 1e4}),
            dict(b, rope_parameters={"rope_type": "longrope", "rope_theta": 1e4, "factor": 2.0, **{
                key: value for key, value in LONGROPE.items() if key != "rope_type"},
                "original_max_position_embeddings": 24})),
    }
    return own[name]

NAMES = ["gemma", "gemma2", "gemma3", "phi3", "gptneox", "olmo2", "phi", "gpt2", "gptj", "llama-yarn", "llama-linear"]

def summary(tensor):
    flat = tensor.detach().double().flatten()
    probe = torch.cos(torch.arange(flat.numel(), dtype=torch.float64) * 0.7)
    return [flat.norm().item(), (flat * probe).sum().item()]

def make(name, letter, seed):
    kind, first, second = shapes(name)
    settings = first if letter == "a" else second
    settings = dict({} if "n_embd" in settings else COMMON, **settings)
    if "n_embd" in settings:
        settings.update(vocab_size=56, bos_token_id=1, eos_token_id=2)
    torch.manual_seed(seed)
    config = AutoConfig.for_model(kind, **settings)
    # Dropouts are off in training too, as in what is compared.
    for key in list(config.to_dict()):
        if "drop" in key and isinstance(getattr(config, key, None), float):
            setattr(config, key, 0.0)
    model = AutoModelForCausalLM.from_config(config, attn_implementation="eager").float().eval()
    with torch.no_grad():
        for key, parameter in model.named_parameters():
            if parameter.ndim == 1:
                around = 0.0 if "gemma" in name or key.endswith("bias") else 1.0
                value = torch.empty_like(parameter).uniform_(-0.5, 0.5) + around
            else:
                value = torch.empty_like(parameter).normal_(0, 0.25)
                # So that float16 holds every number, as bfloat16 does.
                value[value.abs() < 1e-3] = 0
            parameter.copy_(value.bfloat16().float())
    folder = f"{target}/{name}-{letter}"
    os.makedirs(folder, exist_ok=True)
    model.bfloat16().save_pretrained(folder)
    model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32, attn_implementation="eager").eval()
    if os.path.exists(f"{folder}/generation_config.json"):
        os.remove(f"{folder}/generation_config.json")
    reference = {"texts": TEXTS, "logProbabilities": [], "greedy": []}
    with torch.no_grad():
        for ids in TEXTS:
            logs = torch.log_softmax(model(torch.tensor([ids])).logits[0].double(), -1)
            reference["logProbabilities"].append([logs[i, ids[i + 1]].item() for i in range(len(ids) - 1)])
            written = list(ids)
            for _ in range(16):
                written.append(model(torch.tensor([written])).logits[0, -1].argmax().item())
            reference["greedy"].append(written[len(ids):])
    tokens = torch.tensor([TEXTS[0]])
    loss = model(tokens, labels=tokens).loss
    loss.backward()
    reference["loss"] = loss.item()
    # Files of GPT-NeoX keep the head's old name.
    def stored(key):
        return key.replace("lm_head.", "embed_out.") if name == "gptneox" else key
    reference["gradients"] = {stored(key): summary(p.grad) for key, p in model.named_parameters()}
    model.zero_grad()
    hidden = model(tokens, output_hidden_states=True).hidden_states[1]
    steering = torch.linspace(-1, 1, hidden.shape[-1])
    loss = ((hidden - steering) ** 2).mean()
    loss.backward()
    reference["steering"] = {"loss": loss.item(), "gradients": {
        stored(key): summary(p.grad) for key, p in model.named_parameters() if p.grad is not None and p.grad.abs().sum() > 0}}
    model.zero_grad()
    if "-" not in name:
        lora(model, name, letter, folder, reference)
    with open(f"{folder}/reference.json", "w") as file:
        json.dump(reference, file, indent=None, separators=(",", ":"))
    if letter == "a" and name != "gptj" and "-" not in name:
        write_gguf(folder, name)

def lora(model, name, letter, folder, reference):
    fallback = {"phi3": ["qkv_proj"], "olmo2": ["q_proj", "v_proj"]}.get(name)
    torch.manual_seed(7)
    tuned = peft.get_peft_model(model, peft.LoraConfig(
        r=2, lora_alpha=4, target_modules=fallback, fan_in_fan_out=name == "gpt2", task_type="CAUSAL_LM")).train()
    first = {key: value.clone() for key, value in peft.get_peft_model_state_dict(tuned).items()}
    optimizer = torch.optim.AdamW([p for p in tuned.parameters() if p.requires_grad], lr=0.01)
    losses = []
    for _ in range(3):
        tokens = torch.tensor([TEXTS[0]])
        loss = tuned(tokens, labels=tokens).loss
        losses.append(loss.item())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    last = peft.get_peft_model_state_dict(tuned)
    reference["lora"] = {"losses": losses, "last": {key: summary(value) for key, value in last.items()}}
    if letter == "a":
        save_file({key: value.contiguous() for key, value in first.items()}, f"{folder}/lora.safetensors")
        # What it writes, for reading it back.
        tuned.peft_config["default"].base_model_name_or_path = f"fixture/{name}-{letter}"
        tuned.save_pretrained(f"{folder}/adapter")
        for extra in ["README.md"]:
            if os.path.exists(f"{folder}/adapter/{extra}"):
                os.remove(f"{folder}/adapter/{extra}")
        with torch.no_grad():
            ids = TEXTS[0]
            logs = torch.log_softmax(tuned.eval()(torch.tensor([ids])).logits[0].double(), -1)
            reference["lora"]["logProbabilities"] = [logs[i, ids[i + 1]].item() for i in range(len(ids) - 1)]

def write_gguf(folder, name):
    model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32)
    c = model.config
    architecture = {"gptneox": "gptneox", "phi": "phi2"}.get(name, name)
    writer = gguf.GGUFWriter(f"{folder}/model.gguf", architecture)
    heads = c.num_attention_heads
    width = getattr(c, "head_dim", None) or c.hidden_size // heads
    inner = getattr(c, "intermediate_size", None) or getattr(c, "n_inner", None) or 4 * c.hidden_size
    writer.add_context_length(c.max_position_embeddings)
    writer.add_embedding_length(c.hidden_size)
    writer.add_block_count(c.num_hidden_layers)
    writer.add_feed_forward_length(inner)
    writer.add_head_count(heads)
    if hasattr(c, "rms_norm_eps"):
        writer.add_layer_norm_rms_eps(c.rms_norm_eps)
        writer.add_head_count_kv(c.num_key_value_heads)
    else:
        writer.add_layer_norm_eps(getattr(c, "layer_norm_eps", None) or c.layer_norm_epsilon)
        if name == "phi":
            writer.add_head_count_kv(c.num_key_value_heads)
    if "gemma" in name:
        writer.add_key_length(width)
        writer.add_value_length(width)
    rope = getattr(c, "rope_parameters", None)
    if rope:
        full = rope.get("full_attention", rope)
        writer.add_rope_freq_base(full["rope_theta"])
        if name in ("phi3", "gptneox", "phi"):
            writer.add_rope_dimension_count(int(width * full.get("partial_rotary_factor", 1.0)))
    if getattr(c, "sliding_window", None):
        writer.add_sliding_window(c.sliding_window)
    if name == "gemma2":
        writer.add_attn_logit_softcapping(c.attn_logit_softcapping)
        writer.add_final_logit_softcapping(c.final_logit_softcapping)
    if name == "gptneox":
        writer.add_parallel_residual(c.use_parallel_residual)
    if name == "phi3":
        writer.add_rope_scaling_orig_ctx_len(c.original_max_position_embeddings)
        ratio = c.max_position_embeddings / c.original_max_position_embeddings
        writer.add_rope_scaling_attn_factors(np.sqrt(1 + np.log(ratio) / np.log(c.original_max_position_embeddings)))
        writer.add_tensor("rope_factors_short.weight", np.array(rope["short_factor"], np.float32))
        writer.add_tensor("rope_factors_long.weight", np.array(rope["long_factor"], np.float32))
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("gpt-2")
    writer.add_token_list([f"<{index}>" for index in range(c.vocab_size)])
    writer.add_token_merges([])
    writer.add_bos_token_id(1)
    writer.add_eos_token_id(2)
    codes = {value: key for key, value in gguf.MODEL_ARCH_NAMES.items()}
    names = gguf.get_tensor_name_map(codes[architecture], c.num_hidden_layers)
    for key, tensor in model.state_dict().items():
        if key == "lm_head.weight" and c.tie_word_embeddings:
            continue
        array = tensor.float().numpy()
        if "gemma" in name and key.endswith("norm.weight"):
            array = array + 1
        if name == "gptneox" and ".query_key_value." in key:
            array = array.reshape(heads, 3, width, *array.shape[1:]).swapaxes(0, 1).reshape(array.shape)
        if name == "gpt2" and key.endswith(("c_attn.weight", "c_proj.weight", "c_fc.weight")):
            array = array.T
        array = np.ascontiguousarray(array, dtype=np.float32 if array.ndim == 1 else np.float16)
        own = names.get_name(key, try_suffixes=(".weight", ".bias"))
        assert own, key
        writer.add_tensor(own, array)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()

for number, name in enumerate(NAMES):
    if chosen and name not in chosen:
        continue
    for letter in "ab":
        make(name, letter, seed=10 * number + ord(letter))
