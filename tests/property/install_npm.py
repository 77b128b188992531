"""install_npm.py FOLDER: the npm packages that the round-trip test reads with. Asks the network only for what is not there."""
import json
import pathlib
import shutil
import subprocess
import sys

PACKAGES = {"yaml": "2.9.1", "js-yaml": "4.1.0"}


def installed(folder, name):
    try:
        return json.loads((folder / "node_modules" / name / "package.json").read_text())["version"]
    except OSError:
        return None


def main():
    folder = pathlib.Path(sys.argv[1])
    if all(installed(folder, name) == version for name, version in PACKAGES.items()):
        return
    if not shutil.which("npm"):
        print("npm is not installed; the tests that need it say so")
        return
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "package.json").write_text(json.dumps({"private": True, "dependencies": PACKAGES}))
    result = subprocess.run(["npm", "install", "--no-audit", "--no-fund", "--ignore-scripts", "--prefer-offline"], cwd=folder,
                            capture_output=True, text=True)
    if result.returncode != 0:
        print(f"npm install failed; the tests that need it say so:\n{result.stderr}")


main()
