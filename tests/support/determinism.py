"""determinism.py PROGRAM...: every example renders to the same bytes with every program, 20 times each in other surroundings: time
zone, locale, home, working directory, umask, order of the files, and what fresh memory holds."""
import hashlib
import os
import pathlib
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
EXAMPLES = sorted((ROOT / "examples").glob("*.yaml"))
RUNS = 20


def surroundings(number, folder):
    env = {
        "PATH": os.environ["PATH"],
        "TZ": ["UTC", "Asia/Kathmandu", "America/St_Johns", "Pacific/Kiritimati"][number % 4],
        "LANG": ["C", "C.UTF-8", "tr_TR.UTF-8", "de_DE.UTF-8"][number % 4],
        "LC_ALL": ["C.UTF-8", "", "de_DE.UTF-8", "POSIX", "tr_TR.UTF-8"][number % 5],
        "HOME": [folder, "/", "/nonexistent"][number % 3],
        "MALLOC_PERTURB_": str(number * 37 % 256),
        "USER": f"user{number}",
    }
    if "ASAN_OPTIONS" in os.environ:
        env["ASAN_OPTIONS"] = os.environ["ASAN_OPTIONS"]
    return env, [folder, "/", str(ROOT)][number % 3], [0o022, 0o077, 0o000][number % 3]


def render(program, arguments, number, folder):
    env, cwd, umask = surroundings(number, folder)
    result = subprocess.run([program, *arguments], env=env, cwd=cwd, umask=umask, capture_output=True, timeout=60)
    if result.returncode != 0:
        sys.exit(f"{program} {' '.join(map(str, arguments))}: exit {result.returncode}\n{result.stderr.decode()}")
    return result.stdout


def main():
    programs = [pathlib.Path(p).resolve() for p in sys.argv[1:]]
    cases = {e.name: (["render"], [e]) for e in EXAMPLES}
    cases |= {f"{e.name} with Argo CD hooks": (["render", "--hooks", "argocd", "--include-resource"], [e]) for e in EXAMPLES}
    cases["all examples"] = (["render", "--include-crds"], EXAMPLES)
    cases["crd"] = (["crd"], [])
    if not EXAMPLES:
        sys.exit("no examples")
    failed = 0
    with tempfile.TemporaryDirectory() as folder:
        for name, (arguments, files) in cases.items():
            seen = {}
            for program in programs:
                for number in range(RUNS):
                    order = files if number % 2 == 0 else list(reversed(files))
                    digest = hashlib.sha256(render(program, [*arguments, *order], number, folder)).hexdigest()
                    seen.setdefault(digest, f"{program} run {number}")
            if len(seen) != 1:
                failed += 1
                print(f"{name}: {len(seen)} different outputs: {seen}")
    print(f"{len(cases)} cases, {RUNS} runs of {len(programs)} programs each, {failed} with different bytes")
    sys.exit(1 if failed else 0)


main()
