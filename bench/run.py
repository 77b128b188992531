"""run.py AUTOCACHE SLOTS: what a render costs next to a program that does nothing and next to helm, as a table in Markdown.

PEERS_DIR   folder with bin/{hello,pairbench,helm} (default ~/.cache/autocache-peers)
PEERS_CHART folder with chart/ and umbrella.py, the comparable chart and what makes one chart of N of them
BENCH_ROUNDS rounds of each comparison (default 31)

All commands of one comparison run in turns, so a ratio holds on a busy machine; a time alone does not. Exit 1 if a target is missed."""
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[1]
SPEC = ROOT / "examples/replicas-redis.yaml"  # six nodes in three shards: more text than the chart renders
PEERS = pathlib.Path(os.environ.get("PEERS_DIR", pathlib.Path.home() / ".cache/autocache-peers")) / "bin"
ROUNDS = int(os.environ.get("BENCH_ROUNDS", "31"))
missed = []


def compare(folder, commands, rounds, warmup=2):
    """Runs {name: command} in turns; {name: {"wall": [seconds], "rss_mib", "bytes"}}."""
    table, result = folder / "commands.tsv", folder / "result.json"
    table.write_text("".join(f"{name}\t{' '.join(map(str, command))}\n" for name, command in commands.items()))
    subprocess.run([PEERS / "pairbench", "-n", str(rounds), "-w", str(warmup), "-o", result, table], check=True, capture_output=True)
    return {run["name"]: run for run in json.loads(result.read_text())}


def median(run):
    return statistics.median(run["wall"])


def ratio(run, other):
    """Median of the ratios round by round."""
    return statistics.median(a / b for a, b in zip(run["wall"], other["wall"]))


def row(name, run, first):
    print(f"| {name} | {median(run) * 1000:.2f} | {ratio(run, first):.2f} | {run['rss_mib']:.1f} | {run['bytes']} |")


def head(title, first):
    print(f"\n### {title}\n\n| command | wall ms (median) | times {first} | peak MiB | bytes out |\n|---|---|---|---|---|")


def target(what, value, limit):
    print(f"\n{what}: {value:.4g}, target at most {limit:g}: {'met' if value <= limit else 'MISSED'}")
    if value > limit:
        missed.append(what)


def write_specs(folder, count):
    """A folder of `count` files with a spec each, all with names of their own."""
    folder.mkdir()
    text = SPEC.read_text()
    at = text.index("name: ") + len("name: ")
    for i in range(count):
        (folder / f"{i:05d}.yaml").write_text(f"{text[:at]}c{i:05d}-{text[at:]}")
    return folder


def one_render(autocache, folder, chart):
    runs = compare(folder, {
        "hello": [PEERS / "hello"],
        "autocache render, smallest spec": [autocache, "render", ROOT / "examples/quickstart.yaml"],
        "autocache render": [autocache, "render", SPEC],
        "helm template": [PEERS / "helm", "template", "r", chart],
    }, ROUNDS)
    head("One render", "hello")
    for name, run in runs.items():
        row(name, run, runs["hello"])
    target("one render, times hello", ratio(runs["autocache render"], runs["hello"]), 3)
    target("one render, times helm template", ratio(runs["autocache render"], runs["helm template"]), 1 / 25)


def thousand_specs(autocache, folder, chart):
    umbrella = folder / "umbrella"
    subprocess.run([sys.executable, chart.parent / "umbrella.py", umbrella, "1000"], check=True)
    specs = write_specs(folder / "specs-1000", 1000)
    rounds = max(3, ROUNDS // 6)
    runs = compare(folder, {
        "autocache render, 1,000 specs": [autocache, "render", specs],
        "helm template, umbrella of 1,000": [PEERS / "helm", "template", "u", umbrella],
        "helm template, once": [PEERS / "helm", "template", "r", chart],
    }, rounds, warmup=1)
    head("1,000 specs", "autocache")
    for name, run in runs.items():
        row(name, run, runs["autocache render, 1,000 specs"])
    ours = runs["autocache render, 1,000 specs"]
    target("1,000 specs in one process, seconds", median(ours), 0.2)
    target("1,000 specs, times the umbrella", ratio(ours, runs["helm template, umbrella of 1,000"]), 1 / 15)
    target("1,000 specs, times 1,000 runs of helm", ratio(ours, runs["helm template, once"]) / 1000, 1 / 300)
    target("peak memory for 1,000 specs, MiB", ours["rss_mib"], 64)


def thousand_plans(autocache, folder):
    specs, rendered = write_specs(folder / "planned", 1000), folder / "rendered.yaml"
    rendered.write_bytes(subprocess.run([autocache, "render", specs], check=True, capture_output=True).stdout)
    name = "autocache plan, 1,000 specs against their manifests"
    runs = compare(folder, {name: [autocache, "plan", specs, rendered, "--detailed-exitcode"]}, max(3, ROUNDS // 6), warmup=1)
    head("1,000 plans", "itself")
    row(name, runs[name], runs[name])
    target("1,000 specs against their manifests in one process, seconds", median(runs[name]), 1)


def slot_plans(slots):
    slowest = float(subprocess.run([slots, "1000"], check=True, capture_output=True, text=True).stdout)
    target("slot plan of 1,000 nodes, slowest, milliseconds", slowest, 5)


def growth(autocache, folder):
    counts = (10, 100, 1000, 10000)
    runs = compare(folder, {str(n): [autocache, "render", write_specs(folder / f"growth-{n}", n)] for n in counts}, max(3, ROUNDS // 6),
                   warmup=1)
    print("\n### Cost of one more spec\n\n| specs | wall ms (median) | microseconds a spec more | peak MiB |\n|---|---|---|---|")
    costs = []
    for before, n in zip((None, *counts), counts):
        more = (median(runs[str(n)]) - median(runs[str(before)])) / (n - before) * 1e6 if before else None
        costs += [more] if more else []
        print(f"| {n} | {median(runs[str(n)]) * 1000:.2f} | {f'{more:.1f}' if more else '-'} | {runs[str(n)]['rss_mib']:.1f} |")
    target("cost of a spec from 1,000 to 10,000, times that from 10 to 1,000", costs[2] / max(costs[0], costs[1]), 1.5)


def main():
    autocache = pathlib.Path(sys.argv[1]).resolve()
    if "PEERS_CHART" not in os.environ or not (PEERS / "pairbench").exists():
        sys.exit("bench: set PEERS_DIR and PEERS_CHART; see the head of this file")
    chart = pathlib.Path(os.environ["PEERS_CHART"]).resolve() / "chart"
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        one_render(autocache, folder, chart)
        thousand_specs(autocache, folder, chart)
        growth(autocache, folder)
        thousand_plans(autocache, folder)
    slot_plans(sys.argv[2])
    sys.exit(f"\nmissed: {', '.join(missed)}" if missed else 0)


main()
