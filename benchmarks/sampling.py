"""How fast the kit samples, against `model.generate` on the same weights in the same process.

    python benchmarks/sampling.py                        # everything, an hour on 2 cores
    python benchmarks/sampling.py --workloads stream     # some of: stream, short, few-shot, arrivals

Counted are *useful* tokens: a chain's own, up to and with its end. Contestants take turns, so that a slow minute of
the machine hits all of them; the figures are medians of the repeats. `generate` gets the batch size that is best for
it, found first; it runs one full batch of the workload a repeat, a different one each time, because its speed does
not depend on what else is waiting. The kit's engine has met the prompts of a repeat before, as it has in a course: it
is spared running over them again, which is below a twentieth of the work. Written after every measurement to
benchmarks/sampling.json and .md, so a killed run loses nothing; workloads that were not run again keep their figures.
Machine, versions and command are in the file.

llama.cpp and lm-eval take their turns too where `--llama` and `--lm-eval` name environments that have them; see
benchmarks/sampling_others.py.
"""

from __future__ import annotations

import argparse
import json
import platform
import random
import shlex
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path

import psutil
import torch
import transformers

import srm_lab as srm
from srm_lab import prompts
from srm_lab.decoding import Engine, SamplingSettings
from srm_lab.decoding.projections import FORMATS
from srm_lab.openmp import release_team

RESULTS = Path(__file__).with_suffix(".json")
CHAINS = 16
SETTINGS = SamplingSettings(temperature=0.8, max_new_tokens=160)
FEW_SHOT_TOKENS = 400
GENERATE_ROWS = (32, 64, 128)
ARRIVING = 64  # requests, from as many threads
WORKLOADS = ("stream", "short", "few-shot", "arrivals")


@dataclass(frozen=True)
class Measurement:
    """One contestant, one workload, once. tokens: useful ones.  peak_bytes: the process's memory above before."""

    workload: str
    contestant: str
    repeat: int
    tokens: int
    seconds: float
    peak_bytes: int

    @property
    def rate(self) -> float:
        return self.tokens / self.seconds


class Peak:
    """The most memory that the process holds inside a `with` block, above what it held before."""

    def __enter__(self) -> Peak:
        self._process, self._stop = psutil.Process(), threading.Event()
        self._before = self._most = self._process.memory_info().rss
        self._thread = threading.Thread(target=self._watch)
        self._thread.start()
        return self

    def _watch(self) -> None:
        while not self._stop.wait(0.02):
            self._most = max(self._most, self._process.memory_info().rss)

    def __exit__(self, *error: object) -> None:
        self._stop.set()
        self._thread.join()
        self.bytes = self._most - self._before


# ------------------------------------------------------------ the workloads


def short_prompts(lm, count: int) -> list[list[int]]:
    problems = srm.load_problems("word_problems", n=count, seed=0, steps=2)
    return [lm.encode(lm.render(prompts.zero_shot_cot(problem))) for problem in problems]


def few_shot_prompts(lm, count: int) -> list[list[int]]:
    """Worked examples up to FEW_SHOT_TOKENS tokens, the same for all, then the question."""
    train = srm.load_problems("word_problems", n=40, seed=1, steps=2, split="train")
    shots = 1
    problems = srm.load_problems("word_problems", n=count, seed=0, steps=2)
    while len(lm.encode(prompts.few_shot_cot(problems[0], train[:shots]))) < FEW_SHOT_TOKENS:
        shots += 1
    return [lm.encode(prompts.few_shot_cot(problem, train[:shots])) for problem in problems]


def arrivals(count: int, seed: int) -> list[tuple[float, int]]:
    """For each of so many requests: seconds to wait before it, and how many chains it asks for."""
    rng = random.Random(seed)
    return [(rng.uniform(0, 0.5), rng.choice([1, 2, 4, 8])) for _ in range(count)]


# ------------------------------------------------------------ the contestants


def with_engine(engine: Engine, ids: Sequence[Sequence[int]], chains: int, seed: int) -> int:
    """All prompts at once from a thread each, as `evaluate` does. Returns the useful tokens."""
    settings = SamplingSettings(temperature=0.8, max_new_tokens=SETTINGS.max_new_tokens, seed=seed)

    def one(prompt: Sequence[int]) -> int:
        return sum(len(draw.token_ids) for draw in engine.sample(prompt, range(chains), settings))

    release_team()  # as `evaluate` does
    with ThreadPoolExecutor(len(ids)) as pool:
        return sum(pool.map(one, ids))


def with_generate(model, end: int, ids: Sequence[Sequence[int]], chains: int, seed: int) -> int:
    """One padded batch of `model.generate(num_return_sequences=chains)`. Returns the useful tokens."""
    width = max(map(len, ids))
    padded = torch.tensor([[end] * (width - len(prompt)) + list(prompt) for prompt in ids])
    mask = torch.tensor([[0] * (width - len(prompt)) + [1] * len(prompt) for prompt in ids])
    torch.manual_seed(seed)
    out = model.generate(
        padded, attention_mask=mask, do_sample=True, temperature=0.8, top_k=0, num_return_sequences=chains,
        max_new_tokens=SETTINGS.max_new_tokens, pad_token_id=end,
    )  # fmt: skip
    rows = out[:, width:].tolist()
    return sum(row.index(end) + 1 if end in row else len(row) for row in rows)


def arrivals_with_engine(engine: Engine, ids: Sequence[Sequence[int]], plan, seed: int) -> int:
    """64 threads, each of which waits a moment, asks, and comes back."""

    def one(job: tuple[Sequence[int], tuple[float, int]]) -> int:
        prompt, (pause, chains) = job
        time.sleep(pause)
        return with_engine(engine, [prompt], chains, seed)

    with ThreadPoolExecutor(64) as pool:
        return sum(pool.map(one, zip(ids, plan)))


def arrivals_with_generate(model, end: int, ids: Sequence[Sequence[int]], plan, seed: int) -> int:
    """The same requests in one thread: `generate` takes one at a time, and threads that take turns slow it down."""
    started = time.perf_counter()

    def one(job: tuple[Sequence[int], tuple[float, int]]) -> int:
        prompt, (pause, chains) = job
        time.sleep(max(0.0, started + pause - time.perf_counter()))
        return with_generate(model, end, [prompt], chains, seed)

    return sum(map(one, zip(ids, plan)))


# ------------------------------------------------------------ the floor


def floor(model) -> dict[str, float]:
    """What the machine can do: the weights' matrix products alone, at several numbers of rows, and memory's speed."""
    weights = [m.weight.detach() for m in model.modules() if isinstance(m, torch.nn.Linear)]
    figures = {"read_gigabytes_per_second": _read_speed()}
    with torch.no_grad():
        for rows in (1, 32, 128, 512):
            inputs = {w.shape[1]: torch.randn(rows, w.shape[1], dtype=w.dtype) for w in weights}
            seconds = _median_seconds(lambda: [torch.nn.functional.linear(inputs[w.shape[1]], w) for w in weights])  # noqa: B023
            flops = 2 * rows * sum(w.numel() for w in weights)
            figures[f"matmul_gigaflops_at_{rows}_rows"] = flops / seconds / 1e9
            figures[f"matmul_tokens_per_second_at_{rows}_rows"] = rows / seconds
    return figures


def _read_speed() -> float:
    block = torch.ones(64 * 2**20)
    return block.numel() * 4 / _median_seconds(block.sum) / 1e9


def _median_seconds(run: Callable[[], object], repeats: int = 7) -> float:
    run()
    seconds = []
    for _ in range(repeats):
        start = time.perf_counter()
        run()
        seconds.append(time.perf_counter() - start)
    return statistics.median(seconds)


# ------------------------------------------------------------ the run


def contests(lm, rows: int, problems: int) -> dict[str, dict[str, Callable[[int], int]]]:
    """workload -> contestant -> a function of the repeat's number that returns useful tokens."""
    model, end, engine = lm.model, lm.tokenizer.eos_token_id, lm.engine
    short, long = short_prompts(lm, problems), few_shot_prompts(lm, problems)
    many, plan = short_prompts(lm, ARRIVING), arrivals(ARRIVING, seed=0)
    at_once = max(1, rows // CHAINS)

    def batch(ids: Sequence, repeat: int) -> list:
        return [ids[(repeat * at_once + offset) % len(ids)] for offset in range(at_once)]

    def streams(name: str) -> Callable[[int], int]:
        streaming = Engine(model, lm.tokenizer, stream_weights=name)
        return lambda repeat: with_engine(streaming, short[:1], 1, repeat)

    @cache
    def half() -> torch.nn.Module:
        return srm.load_model(lm.name, dtype="bfloat16").model

    formats = [name for name, dtypes in FORMATS.items() if model.dtype in dtypes]

    return {
        "stream": {
            "generate": lambda repeat: with_generate(model, end, short[:1], 1, repeat),
            "generate, bfloat16": lambda repeat: with_generate(half(), end, short[:1], 1, repeat),
            "srm_lab": lambda repeat: with_engine(engine, short[:1], 1, repeat),
            **{f"srm_lab, {name} weights": streams(name) for name in formats},
        },
        "short": {
            "generate": lambda repeat: with_generate(model, end, batch(short, repeat), CHAINS, repeat),
            "srm_lab": lambda repeat: with_engine(engine, short, CHAINS, repeat),
        },
        "few-shot": {
            "generate": lambda repeat: with_generate(model, end, batch(long, repeat), CHAINS, repeat),
            "srm_lab": lambda repeat: with_engine(engine, long, CHAINS, repeat),
        },
        "arrivals": {
            "generate": lambda repeat: arrivals_with_generate(model, end, many[:4], plan[:4], repeat),
            "srm_lab": lambda repeat: arrivals_with_engine(engine, many, plan, repeat),
        },
    }


def other_program(program: str, python: str, model: str, lm, ids: Sequence[Sequence[int]]) -> Callable[[int], dict]:
    """A contestant that runs in another environment: repeat -> what benchmarks/sampling_others.py prints."""
    job = {
        "program": program,
        "model": model,
        "prompts": ids,
        "texts": [lm.tokenizer.decode(prompt) for prompt in ids],
        "temperature": SETTINGS.temperature,
        "max_new_tokens": SETTINGS.max_new_tokens,
        "end": lm.tokenizer.eos_token_id,
        "dtype": str(lm.model.dtype).removeprefix("torch."),
        "threads": torch.get_num_threads(),
    }

    def run(repeat: int, chains: int = CHAINS) -> dict:
        given = json.dumps(job | {"seed": repeat, "chains": chains})
        command = [python, str(Path(__file__).with_name("sampling_others.py"))]
        done = subprocess.run(command, input=given, capture_output=True, text=True, check=True)
        return json.loads(done.stdout.splitlines()[-1])

    return run


def add_others(games: dict, lm, options: argparse.Namespace) -> None:
    """Gives llama.cpp and lm-eval their places where their environments were named."""
    short = short_prompts(lm, options.problems)
    if options.llama:
        python, model = options.llama
        run = other_program("llama.cpp", python, model, lm, short[:1])
        games["stream"]["llama.cpp, Q4_1 weights"] = lambda repeat: run(repeat, chains=1)
        half = short[: max(4, options.problems // 2)]  # 64 chains fill its batch
        games["short"]["llama.cpp, Q4_1 weights"] = other_program("llama.cpp", python, model, lm, half)
    if options.lm_eval:
        few = short[: max(1, options.problems // 8)]  # an eighth of the work: it only has to be long enough to time
        games["short"]["lm-eval, hf"] = other_program("lm-eval", options.lm_eval, lm.model.name_or_path, lm, few)


def best_rows(lm, sizes: Sequence[int]) -> dict[int, float]:
    """Useful tokens a second of `generate` at several batch sizes."""
    ids, rates = short_prompts(lm, max(sizes) // CHAINS), {}
    for rows in sizes:
        start = time.perf_counter()
        tokens = with_generate(lm.model, lm.tokenizer.eos_token_id, ids[: rows // CHAINS], CHAINS, seed=99)
        rates[rows] = tokens / (time.perf_counter() - start)
        print(f"generate at {rows} rows: {rates[rows]:.0f} useful tokens/s", flush=True)
    return rates


def measure(workload: str, contestant: str, run: Callable[[int], int | dict], repeat: int) -> Measurement:
    with Peak() as peak:
        start = time.perf_counter()
        found = run(repeat)
        seconds = time.perf_counter() - start
    if isinstance(found, dict):  # another program, which has measured itself
        tokens, seconds, peak.bytes = found["tokens"], found["seconds"], found["peak_bytes"]
    else:
        tokens = found
    print(f"{repeat + 1}. {workload}, {contestant}: {tokens} tokens, {tokens / seconds:.1f}/s", flush=True)
    return Measurement(workload, contestant, repeat, tokens, seconds, peak.bytes)


def summary(found: Sequence[Measurement]) -> list[dict]:
    """One row for each workload and contestant: medians, and the ratio to `generate`."""
    groups: dict[tuple[str, str], list[Measurement]] = {}
    for one in found:
        groups.setdefault((one.workload, one.contestant), []).append(one)
    rows = []
    for (workload, contestant), ones in groups.items():
        base = groups.get((workload, "generate"))
        rate = statistics.median(one.rate for one in ones)
        rows.append(
            {
                "workload": workload,
                "contestant": contestant,
                "tokens_per_second": rate,
                "lowest": min(one.rate for one in ones),
                "highest": max(one.rate for one in ones),
                "repeats": len(ones),
                "times_generate": rate / statistics.median(one.rate for one in base) if base else None,
                "peak_megabytes": max(one.peak_bytes for one in ones) / 1e6,
            }
        )
    return rows


def read_earlier(again: Sequence[str]) -> tuple[dict, list[Measurement]]:
    """What earlier runs found for other workloads: about each workload, and its measurements."""
    if not RESULTS.exists():
        return {}, []
    content = json.loads(RESULTS.read_text())
    about = {workload: how for workload, how in content["about"].items() if workload not in again}
    return about, [Measurement(**one) for one in content["measurements"] if one["workload"] in about]


def write(about: dict[str, dict], found: Sequence[Measurement]) -> None:
    rows = summary(found)
    content = {"about": about, "summary": rows, "measurements": [asdict(one) for one in found]}
    RESULTS.write_text(json.dumps(content, indent=1) + "\n")
    RESULTS.with_suffix(".md").write_text(as_markdown(about, rows))


def as_markdown(about: dict[str, dict], rows: Sequence[dict]) -> str:
    lines = [
        "# Sampling: useful tokens a second",
        "",
        "Medians, in brackets the lowest and the highest repeat. What the workloads are: benchmarks/sampling.py.",
        "",
        "| workload | contestant | tokens/s | times generate | peak memory above the model | repeats |",
        "|---|---|---|---|---|---|",
    ]
    for row in rows:
        times = f"{row['times_generate']:.1f}" if row["times_generate"] else ""
        lines.append(
            f"| {row['workload']} | {row['contestant']} | {row['tokens_per_second']:.0f} "
            f"[{row['lowest']:.0f}, {row['highest']:.0f}] | {times} "
            f"| {row['peak_megabytes']:.0f} MB | {row['repeats']} |"
        )
    for workload, how in about.items():
        lines += ["", f"## {workload}", ""]
        lines.append(f"`{how['command']}`, {how['started']}, on {how['processor']}, {how['threads']} threads, ")
        lines.append(f"torch {how['torch']}, {how['dtype']}. {how['problems']} problems, {CHAINS} chains each.")
        lines.append("The floor at that time:")
        lines += ["", *(f"- {name.replace('_', ' ')}: {value:,.0f}" for name, value in how["floor"].items())]
        lines += [f"- generate at {rows} rows: {rate:.0f} tokens/s" for rows, rate in how["generate_rows"].items()]
    return "\n".join(lines) + "\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", default="smollm2-135m")
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--problems", type=int, default=32)
    parser.add_argument("--rows", type=int, default=0, help="generate's batch size; 0 tries several")
    parser.add_argument("--workloads", nargs="*", choices=WORKLOADS, default=WORKLOADS)
    parser.add_argument("--llama", nargs=2, metavar=("PYTHON", "GGUF"), help="an environment with llama-cpp-python")
    parser.add_argument("--lm-eval", metavar="PYTHON", help="an environment with lm-eval")
    options = parser.parse_args()
    lm = srm.load_model(options.model)
    about = {
        "command": shlex.join(["python", "benchmarks/sampling.py", *sys.argv[1:]]),
        "started": time.strftime("%Y-%m-%d %H:%M"),
        "model": options.model,
        "dtype": str(lm.model.dtype).removeprefix("torch."),
        "processor": _processor(),
        "threads": torch.get_num_threads(),
        "python": platform.python_version(),
        "torch": torch.__version__,
        "transformers": transformers.__version__,
        "settings": asdict(SETTINGS),
        "chains": CHAINS,
        "problems": options.problems,
        "floor": floor(lm.model),
        "generate_rows": best_rows(lm, [options.rows] if options.rows else GENERATE_ROWS),
    }
    rows = max(about["generate_rows"], key=about["generate_rows"].get)
    about_all, found = read_earlier(options.workloads)
    games = contests(lm, rows, options.problems)
    add_others(games, lm, options)
    for workload in options.workloads:
        about_all[workload] = about
        for contestant, run in games[workload].items():
            if contestant.startswith(("srm_lab", "generate,")):  # generate has run already, to find its batch size
                run(1000)  # warm: weights packed, code made for the shapes of this workload
        for repeat in range(options.repeats):
            for contestant, run in games[workload].items():
                found.append(measure(workload, contestant, run, repeat))
                write(about_all, found)


def _processor() -> str:
    model = platform.processor() or platform.machine()
    if Path("/proc/cpuinfo").exists():
        names = [line for line in Path("/proc/cpuinfo").read_text().splitlines() if line.startswith("model name")]
        model = names[0].split(":", 1)[1].strip() if names else model
    return f"{model} ({torch.backends.cpu.get_cpu_capability()})"


if __name__ == "__main__":
    main()
