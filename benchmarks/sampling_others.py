"""Two other programs on the workloads of `benchmarks/sampling.py`, each in an environment of its own.

    python -m venv llama && llama/bin/pip install llama-cpp-python numpy
    python -m venv lmeval && lmeval/bin/pip install torch transformers==5.23.0 "lm-eval[hf]==0.4.13"
    python benchmarks/sampling.py --llama llama/bin/python model.gguf --lm-eval lmeval/bin/python

`sampling.py` starts this file with the other environment's Python, once a repeat, and hands it a job as JSON on
standard input: {"program", "model", "prompts" (token ids), "texts", "chains", "seed", "temperature", "max_new_tokens",
"end", "threads"}. The last line of the answer is {"tokens", "seconds", "peak_bytes"}: useful tokens, and memory above
the loaded model. Loading is not counted.

llama.cpp runs through its batch interface: a prompt is run once and copied to its chains, up to SEQUENCES chains grow
side by side, and the next prompt starts when so many places are free. lm-eval's `hf` backend gets every chain as a
request of its own, because it knows no other way, and a fixed batch size.
"""

from __future__ import annotations

import json
import resource
import sys
import time

SEQUENCES = 64  # llama.cpp is slower with more
LM_EVAL_ROWS = 64


def peak_bytes() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


# ------------------------------------------------------------ llama.cpp


class Llama:
    """A context for SEQUENCES chains, and what is growing in it: sequence id -> (position, last token, drawn)."""

    def __init__(self, job: dict):
        import llama_cpp

        self.cpp, self.job = llama_cpp, job
        llama_cpp.llama_backend_init()
        quiet = llama_cpp.llama_log_callback(lambda *message: None)
        llama_cpp.llama_log_set(quiet, None)
        self._quiet = quiet  # the callback must outlive the call
        model = llama_cpp.llama_model_load_from_file(job["model"].encode(), llama_cpp.llama_model_default_params())
        self.before = peak_bytes()
        settings = llama_cpp.llama_context_default_params()
        longest = max(map(len, job["prompts"]))
        settings.n_ctx = SEQUENCES * (longest + job["max_new_tokens"])
        settings.n_batch = settings.n_ubatch = max(512, longest)
        settings.n_seq_max = SEQUENCES
        settings.n_threads = settings.n_threads_batch = job["threads"]
        settings.kv_unified = True
        self.context = llama_cpp.llama_init_from_model(model, settings)
        self.memory = llama_cpp.llama_get_memory(self.context)
        self.batch = llama_cpp.llama_batch_init(settings.n_batch, 0, SEQUENCES)
        self.growing: dict[int, list] = {}
        self.free = list(range(SEQUENCES))
        self.useful = 0

    def sampler(self, seed: int):
        chain = self.cpp.llama_sampler_chain_init(self.cpp.llama_sampler_chain_default_params())
        self.cpp.llama_sampler_chain_add(chain, self.cpp.llama_sampler_init_temp(self.job["temperature"]))
        self.cpp.llama_sampler_chain_add(chain, self.cpp.llama_sampler_init_dist(seed))
        return chain

    def decode(self, entries: list[tuple[int, int, int, bool]]) -> None:
        """entries: (token, position, sequence, whether its logits are wanted)."""
        for at, (token, position, sequence, wanted) in enumerate(entries):
            self.batch.token[at], self.batch.pos[at] = token, position
            self.batch.n_seq_id[at], self.batch.seq_id[at][0] = 1, sequence
            self.batch.logits[at] = wanted
        self.batch.n_tokens = len(entries)
        if self.cpp.llama_decode(self.context, self.batch) != 0:
            raise RuntimeError("llama_decode failed")

    def start(self, prompt: list[int], chains: int, seed: int) -> None:
        """Runs a prompt once and lets its chains grow from it."""
        sequences = [self.free.pop() for _ in range(chains)]
        first = sequences[0]
        self.decode([(t, p, first, p == len(prompt) - 1) for p, t in enumerate(prompt)])
        for number, sequence in enumerate(sequences):
            if sequence != first:
                self.cpp.llama_memory_seq_cp(self.memory, first, sequence, -1, -1)
            sampler = self.sampler(seed * 1000 + number)
            token = self.cpp.llama_sampler_sample(sampler, self.context, len(prompt) - 1)
            self.growing[sequence] = [len(prompt), token, 0, sampler]
            self.take(sequence, token)

    def take(self, sequence: int, token: int) -> None:
        chain = self.growing[sequence]
        chain[1], chain[2] = token, chain[2] + 1
        self.useful += 1
        if token == self.job["end"] or chain[2] >= self.job["max_new_tokens"]:
            self.cpp.llama_memory_seq_rm(self.memory, sequence, -1, -1)
            self.cpp.llama_sampler_free(chain[3])
            del self.growing[sequence]
            self.free.append(sequence)

    def step(self) -> None:
        sequences = list(self.growing)
        self.decode([(self.growing[s][1], self.growing[s][0], s, True) for s in sequences])
        for at, sequence in enumerate(sequences):
            self.growing[sequence][0] += 1
            self.take(sequence, self.cpp.llama_sampler_sample(self.growing[sequence][3], self.context, at))


def with_llama(job: dict) -> dict:
    llama = Llama(job)
    start = time.perf_counter()
    waiting = list(enumerate(job["prompts"]))
    while waiting or llama.growing:
        while waiting and len(llama.free) >= job["chains"]:
            number, prompt = waiting.pop(0)
            llama.start(prompt, job["chains"], job["seed"] * 1000 + number)
        if llama.growing:
            llama.step()
    return {
        "tokens": llama.useful,
        "seconds": time.perf_counter() - start,
        "peak_bytes": peak_bytes() - llama.before,
    }


# ------------------------------------------------------------ lm-eval


def with_lm_eval(job: dict) -> dict:
    import torch
    from lm_eval.api.instance import Instance
    from lm_eval.models.huggingface import HFLM

    torch.set_num_threads(job["threads"])
    torch.manual_seed(job["seed"])
    lm = HFLM(pretrained=job["model"], device="cpu", dtype=job["dtype"], batch_size=LM_EVAL_ROWS)
    settings = {
        "until": [],
        "do_sample": True,
        "temperature": job["temperature"],
        "top_k": 0,
        "max_gen_toks": job["max_new_tokens"],
    }
    requests = [
        Instance("generate_until", {}, (text, dict(settings)), number)
        for number, text in enumerate(text for text in job["texts"] for _ in range(job["chains"]))
    ]
    before, start = peak_bytes(), time.perf_counter()
    texts = lm.generate_until(requests, disable_tqdm=True)
    seconds = time.perf_counter() - start
    lengths = [len(lm.tokenizer(text, add_special_tokens=False).input_ids) for text in texts]
    tokens = sum(min(length + 1, job["max_new_tokens"]) for length in lengths)  # with the end token
    return {"tokens": tokens, "seconds": seconds, "peak_bytes": peak_bytes() - before}


if __name__ == "__main__":
    task = json.load(sys.stdin)
    print(json.dumps({"llama.cpp": with_llama, "lm-eval": with_lm_eval}[task["program"]](task)))
