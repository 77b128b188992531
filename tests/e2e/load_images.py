"""Puts the images that the tests use onto every node of the cluster of $AUTOCACHE_KUBE_TOOLS: stock servers, from the programs of
$AUTOCACHE_SERVERS, under the names that the registries use, and ours from build/release.
  load_images.py [IMAGE...]    IMAGE: a server, or cli, hook, argocd-plugin; default: the servers and the hook
Again after each start of the cluster."""
import json
import os
import pathlib
import re
import sys
import tempfile

import kube

# Server -> image names and the programs' paths.
SERVERS = {
    "redis-7.0": (["redis:7.0"], "redis-server"),
    "redis-8.0": (["redis:8.0"], "redis-server"),
    "valkey-8.1": (["valkey/valkey:8.1"], "valkey-server"),
    "valkey-9.1": (["valkey/valkey:9.1"], "valkey-server"),
}
DOCKERFILES = {"cli": "src/cli/Dockerfile", "hook": "src/runtime-hook/Dockerfile", "argocd-plugin": "argocd-plugin/Dockerfile"}


def server_archive(server, folder):
    home = os.environ.get("AUTOCACHE_SERVERS") or pathlib.Path.home() / ".cache/autocache-servers"
    tags, program = SERVERS[server]
    archive = folder / f"{server}.tar"
    if not archive.exists():
        partial = folder / f"{server}.partial"
        kube.tool("image", partial, *[a for tag in tags for a in ("--tag", tag)], "--root", pathlib.Path(home) / server / "root",
                  "--user", "999", "--workdir", "/data", "--entrypoint", f"/usr/bin/{program}")
        partial.rename(archive)
    return archive


def our_archive(image, folder):
    """The image of a Dockerfile of ours: the tree that it copies, and its user and entry point."""
    tree, archive = folder / image, folder / f"{image}.tar"
    release = kube.ROOT / "build/release"
    kube.run("scripts/image-tree", image, tree, env={"AUTOCACHE_PROGRAMS": str(release)})
    dockerfile = (kube.ROOT / DOCKERFILES[image]).read_text()
    user = re.search(r"^USER (.+)$", dockerfile, re.M)[1]
    entrypoint = json.loads(re.search(r"^ENTRYPOINT (.+)$", dockerfile, re.M)[1])
    tags = kube.run("scripts/image-tree", "--references", image).split()
    kube.tool("image", archive, *[a for tag in tags for a in ("--tag", tag)], "--file", f"{tree}:/", "--user", user, "--entrypoint", *entrypoint)
    return archive


def main():
    cache = pathlib.Path(os.environ.get("AUTOCACHE_KUBE_HOME", pathlib.Path.home() / ".cache/autocache-kube")) / "images"
    cache.mkdir(parents=True, exist_ok=True)
    wanted = sys.argv[1:] or [*SERVERS, "hook"]
    with tempfile.TemporaryDirectory() as folder:
        archives = [server_archive(w, cache) if w in SERVERS else our_archive(w, pathlib.Path(folder)) for w in wanted]
        kube.tool("kube", "load", *archives)
    print("loaded", *wanted)


if __name__ == "__main__":
    main()
