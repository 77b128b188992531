"""round_trip.py READER: random strings as values, keys and block texts, written by our writer, are read back unchanged by READER.

AUTOCACHE_PROPERTY_COUNT strings (default 6000) from AUTOCACHE_PROPERTY_SEED (default 1). A reader that is not installed is a skip,
or a failure with AUTOCACHE_CI=1."""
import json
import os
import pathlib
import shutil
import subprocess
import sys

import strings

BUILD = pathlib.Path(os.environ["AUTOCACHE_BUILD"])
HERE = pathlib.Path(__file__).resolve().parent
NPM = BUILD / "tests/property/npm"
CACHE = pathlib.Path(os.environ.get("XDG_CACHE_HOME", pathlib.Path.home() / ".cache"))
PER_DOCUMENT = 150


def skip(why):
    print(f"skipped: {why}")
    sys.exit(1 if os.environ.get("AUTOCACHE_CI") == "1" else 77)


def run(command, text, env=None):
    result = subprocess.run(command, input=text.encode(), capture_output=True, env=env)
    if result.returncode != 0:
        sys.exit(f"{command[0]}: exit {result.returncode}: {result.stderr.decode(errors='replace')[:2000]}")
    return result.stdout.decode()


def lines_of_json(text):
    return [json.loads(line) for line in text.split("\n") if line]


def documents(count, seed):
    """Each string as a value of a list and of mappings of several depths, as a key, and at the end of a document."""
    texts = strings.strings(count, seed)
    for start in range(0, count, PER_DOCUMENT):
        part = texts[start:start + PER_DOCUMENT]
        yield {
            "apiVersion": "example.com/v1", "kind": "Example", "metadata": {"name": f"d{start}"},
            "list": part,
            "keys": {text: f"v{i}" for i, text in enumerate(part)},
            "values": {f"k{i}": text for i, text in enumerate(part)},
            "nested": [{"a": {"b": [[text]]}} for text in part],
            "mixed": {text: {text: [text]} for text in part},
            "end": part[start % len(part)],
        }
    for i, text in enumerate(texts[:400]):
        yield {"apiVersion": "example.com/v1", "kind": "Example", "metadata": {"name": f"e{i}"}, "end": text}


def find_kubectl():
    for folder in [os.environ.get("PEERS_DIR", CACHE / "autocache-peers"), CACHE / "autocache-kube"]:
        if (pathlib.Path(folder) / "bin/kubectl").exists():
            return str(pathlib.Path(folder) / "bin/kubectl")
    return shutil.which("kubectl") or skip("kubectl is not installed")


def read_with_kubectl(text):
    env = {"HOME": "/nonexistent", "KUBECONFIG": "/dev/null", "PATH": os.environ["PATH"]}
    out = run([find_kubectl(), "label", "--local", "-f", "-", "-o", "json", "seen=yes"], text, env)
    decoder, found, at = json.JSONDecoder(), [], 0
    while at < len(out.rstrip()):
        value, at = decoder.raw_decode(out, at)
        del value["metadata"]["labels"]
        found.append(value)
        while at < len(out) and out[at].isspace():
            at += 1
    return found


def read_with_pyyaml(text, loader):
    try:
        import yaml
    except ImportError:
        skip("python3-yaml is not installed")
    return list(yaml.load_all(text, getattr(yaml, loader)))


def read_with_npm(text, reader):
    if not shutil.which("node"):
        skip("node is not installed")
    if not (NPM / "node_modules/js-yaml").is_dir():
        skip(f"the npm packages are not in {NPM}; there is no network to fetch them")
    return lines_of_json(run(["node", str(HERE / "yaml_dump.js"), str(NPM), reader], text))


READERS = {
    "autocache": lambda text: lines_of_json(run([str(BUILD / "tests/property/yaml_probe"), "read"], text)),
    "yaml-cpp": lambda text: lines_of_json(run([str(BUILD / "tests/property/yaml_cpp_dump")], text)),
    "kubectl": read_with_kubectl,
    "PyYAML": lambda text: read_with_pyyaml(text, "SafeLoader"),
    "PyYAML-libyaml": lambda text: read_with_pyyaml(text, "CSafeLoader"),
    "npm-yaml-1.1": lambda text: read_with_npm(text, "yaml-1.1"),
    "npm-yaml-1.2": lambda text: read_with_npm(text, "yaml-1.2"),
    "js-yaml": lambda text: read_with_npm(text, "js-yaml"),
}


def differences(wanted, found, path=""):
    if type(wanted) is not type(found):
        yield f"{path}: wrote {wanted!r}, read {found!r}"
    elif isinstance(wanted, dict):
        for key in {**wanted, **found}:
            if key not in wanted or key not in found:
                yield f"{path}: key {key!r} only {'written' if key in wanted else 'read'}"
            else:
                yield from differences(wanted[key], found[key], f"{path}/{key}")
    elif isinstance(wanted, list) and len(wanted) == len(found):
        for i, (a, b) in enumerate(zip(wanted, found)):
            yield from differences(a, b, f"{path}/{i}")
    elif wanted != found:
        yield f"{path}: wrote {wanted!r}, read {found!r}"


def main():
    name = sys.argv[1]
    count = int(os.environ.get("AUTOCACHE_PROPERTY_COUNT", "6000"))
    seed = int(os.environ.get("AUTOCACHE_PROPERTY_SEED", "1"))
    if name == "PyYAML":
        count = min(count, 1500)  # pure Python: 100 times slower than the others
    wanted = list(documents(count, seed))
    text = run([str(BUILD / "tests/property/yaml_probe"), "write"], "".join(json.dumps(d, ensure_ascii=False) + "\n" for d in wanted))
    found = READERS[name](text)
    problems = list(differences(wanted, found))
    for problem in problems[:20]:
        print(problem.encode("unicode_escape").decode())
    print(f"{count} strings, seed {seed}, {len(text)} characters of YAML: {len(problems)} differences in {name}")
    sys.exit(1 if problems or not found else 0)


if __name__ == "__main__":
    main()
