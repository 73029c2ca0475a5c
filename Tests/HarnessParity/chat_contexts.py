"""Writes Fixtures/chat_contexts.jsonl: what lm-evaluation-harness 0.4.13 and transformers make of invented
tasks and documents with a chat template. A row is one document under one setting.

    python chat_contexts.py > ../Fixtures/chat_contexts.jsonl
"""

import itertools
import json
import os
import tempfile
from pathlib import Path

os.environ.update(TQDM_DISABLE="1", HF_HUB_OFFLINE="1", HF_DATASETS_OFFLINE="1", HF_DATASETS_DISABLE_PROGRESS_BARS="1")

import yaml  # noqa: E402
from lm_eval.api.task import ConfigurableTask  # noqa: E402
from lm_eval.models.huggingface import HFLM  # noqa: E402
from tokenizers import Tokenizer, models  # noqa: E402
from transformers import PreTrainedTokenizerFast  # noqa: E402

TEMPLATES = {
    "open": "{{ bos_token }}{% for m in messages %}[{{ m.role }}]\n{{ m.content }}{{ eos_token }}\n{% endfor %}"
    "{% if add_generation_prompt %}[assistant]\n{% endif %}",
    "strict": "{% if messages[0].role == 'system' %}{{ raise_exception('no system') }}{% endif %}"
    "{% for m in messages %}<{{ m.role }}>{{ m.content | trim }}</>{% endfor %}"
    "{% if add_generation_prompt %}<assistant>{% endif %}",
}
CHOICE = {
    "output_type": "multiple_choice",
    "doc_to_text": "Q: {{question}}\nA:",
    "doc_to_choice": "{{options}}",
    "doc_to_target": "{{answer}}",
    "description": "Questions about {{place}}.\n\n",
}
COMPLETION = {
    "output_type": "generate_until",
    "doc_to_text": "{{question}} ",
    "doc_to_target": "{{options[answer]}}",
    "generation_kwargs": {"until": ["\n"], "max_gen_toks": 8},
}
TASKS = [
    CHOICE,
    CHOICE | {"gen_prefix": "The answer is", "description": ""},
    CHOICE | {"gen_prefix": "{{place}}: "},
    CHOICE | {"target_delimiter": "\n", "fewshot_delimiter": "\n--\n"},
    COMPLETION,
    COMPLETION | {"gen_prefix": "I say"},
    COMPLETION | {"output_type": "loglikelihood", "gen_prefix": "I say "},
    CHOICE
    | {
        "doc_to_text": "{{answer}}",
        "doc_to_choice": "{{['The ' + place + ' is wide', 'The ' + place + ' is deep ']}}",
        "doc_to_target": "and blue.",
    },
]


def document(index):
    return {
        "question": f"What lies off pier {index}?" + "\n" * (index % 2),
        "options": [f"a reef{index}", "the long grey bay"],
        "answer": index % 2,
        "place": ["bay", "sound", "isle"][index % 3],
    }


def main():
    vocabulary = Tokenizer(models.WordLevel({"a": 0, "<s>": 1, "</s>": 2}, unk_token="a"))
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=vocabulary, bos_token="<s>", eos_token="</s>")
    model = HFLM.__new__(HFLM)
    model.tokenizer, model.chat_template_args = tokenizer, {}
    with tempfile.TemporaryDirectory() as folder:
        for name, rows in (("test", range(2)), ("train", range(2, 6))):
            Path(folder, f"{name}.jsonl").write_text("".join(json.dumps(document(i)) + "\n" for i in rows))
        files = {name: f"{folder}/{name}.jsonl" for name in ("test", "train")}
        for number, lines in enumerate(TASKS):
            settings = lines | {"test_split": "test", "fewshot_split": "train", "fewshot_config": {"sampler": "first_n"}}
            task = ConfigurableTask(
                config=settings | {"task": "piers", "dataset_path": "json", "dataset_kwargs": {"data_files": files}}
            )
            options = itertools.product((0, 3), (None, "Be brief."), (None, *TEMPLATES), (True, False))
            for shots, system, template, multiturn in options:
                if template is None and multiturn:
                    continue
                tokenizer.chat_template = TEMPLATES.get(template)
                index = number % 2
                doc = task.eval_docs[index]
                context = task.fewshot_context(
                    doc,
                    num_fewshot=shots,
                    system_instruction=system,
                    apply_chat_template=template is not None,
                    fewshot_as_multiturn=multiturn,
                    chat_template=model.apply_chat_template if template else None,
                    gen_prefix=task.doc_to_prefix(doc),
                )
                made = task.construct_requests(doc, context, apply_chat_template=template is not None)
                made = made if isinstance(made, list) else [made]
                requests = [[part if isinstance(part, str) else "" for part in one.args] for one in made]
                row = {"task": yaml.safe_dump(settings), "document": index, "shots": shots, "system": system}
                row |= {"template": TEMPLATES.get(template), "multiturn": multiturn, "requests": requests}
                print(json.dumps(row, ensure_ascii=False))


if __name__ == "__main__":
    main()
