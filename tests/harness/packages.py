"""Brings clients and Apache Kafka by their ordinary package managers into the ignored folder `.cache`.

What to bring, and in which version, is written in `packages/`. Each thing is brought once; a stamp beside it holds
the text it was brought by, so that a changed version is brought anew. What cannot be brought raises `Missing` with
the package manager's own words.
"""

import os
import re
import shutil
import time
from pathlib import Path

from harness import processes

TESTS = Path(__file__).resolve().parent.parent
CACHE = TESTS / ".cache"
PACKAGES = TESTS / "packages"
AGENTS = TESTS / "interop" / "agents"
ATTEMPTS = 3


class Missing(Exception):
    """Something that the suite needs could not be brought."""


class Refused(Missing):
    """A package manager was asked, and failed."""


def kafka_versions():
    """The versions of Apache Kafka that `packages/apache-kafka.txt` names: name → version."""
    lines = (PACKAGES / "apache-kafka.txt").read_text().splitlines()
    return dict(line.split() for line in lines if line.strip() and not line.startswith("#"))


def kafka_version(asked=None):
    """The version that a name stands for; a number stands for itself, nothing for the target."""
    version = kafka_versions().get(asked or "target", asked)
    if not re.fullmatch(r"\d+\.\d+\.\d+", version):
        raise Missing(f"there is no Apache Kafka {asked!r}: say a version such as 4.1.0, or one of {', '.join(kafka_versions())}")
    return version


def apache_kafka(version=None):
    """The folder with the jars of a version of Apache Kafka: its broker, its tools and its clients."""
    version = kafka_version(version)

    def bring(folder):
        logging = "log4j2" if int(version.split(".")[0]) >= 4 else "reload4j"
        _call(f"Apache Kafka {version}", "mvn", "-q", "-B", "-f", PACKAGES / "pom.xml", f"-Dkafka.version={version}", "-P", logging,
              "dependency:copy-dependencies", f"-DoutputDirectory={folder}")
    return _once(f"apache-kafka-{version}", [PACKAGES / "pom.xml"], bring)


def java_class_path(version=None):
    return f"{apache_kafka(version)}/*"


def java_classes(source):
    """The folder with the classes of one Java file of ours, compiled against Apache Kafka."""
    def bring(folder):
        folder.mkdir()
        _call(source.name, "javac", "-nowarn", "-cp", java_class_path(), "-d", folder, source)
    return _once(source.stem.lower(), [source], bring)


def java_application(name):
    """The folder with the jars of an application that `packages/<name>.xml` names."""
    recipe = PACKAGES / f"{name}.xml"

    def bring(folder):
        _call(recipe.name, "mvn", "-q", "-B", "-f", recipe, "dependency:copy-dependencies", f"-DoutputDirectory={folder}")
    return _once(f"java-{name}", [recipe], bring)


def spring_application():
    """The jar of the application in `packages/spring`, built by Maven as its users build theirs."""
    source = PACKAGES / "spring"

    def bring(folder):
        shutil.copytree(source, folder)
        _call("the Spring Boot application", "mvn", "-q", "-B", "-DskipTests", "package", cwd=folder)
    files = [source / "pom.xml", *sorted((source / "src").rglob("*.*"))]
    return _once("spring", files, bring) / "target/hello-1.jar"


def python(requirements="requirements"):
    """The interpreter of a virtual environment that has what `packages/<requirements>.txt` lists."""
    listed = PACKAGES / f"{requirements}.txt"

    def bring(folder):
        _call("a Python environment", "python3", "-m", "venv", folder)
        _call(listed.name, folder / "bin/pip", "install", "-q", "--disable-pip-version-check", "-r", listed)
    return _once(f"python-{requirements}", [listed], bring) / "bin/python"


def node_modules():
    """The folder with the JavaScript packages of `packages/package.json`."""
    def bring(folder):
        folder.mkdir()
        shutil.copy(PACKAGES / "package.json", folder)
        _call("package.json", "npm", "install", "--silent", "--no-fund", "--no-audit", "--no-package-lock", "--ignore-scripts",
              "--prefix", folder, cwd=folder)
    return _once("node", [PACKAGES / "package.json"], bring) / "node_modules"


def go_program(name):
    """The binary of the program `agents/golang/<name>`."""
    module = AGENTS / "golang"

    def bring(folder):
        folder.mkdir()
        _call(f"agents/golang/{name}", "go", "build", "-mod=readonly", "-o", folder / name, f"./{name}", cwd=module)
    return _once(f"go-{name}", [module / "go.mod", *sorted(module.glob("serve/*.go")), *sorted(module.glob(f"{name}/*.go"))], bring) / name


def kcat():
    found = shutil.which("kcat")
    if not found:
        raise Missing("kcat is not installed (Debian: apt-get install kcat)")
    return found


def kavka():
    """The newest kavka binary that cargo has built here, or the one that the variable KAVKA_BINARY names."""
    named = os.environ.get("KAVKA_BINARY")
    target = Path(os.environ.get("CARGO_TARGET_DIR", TESTS.parent / "target"))
    candidates = [Path(named)] if named else [target / "release/kavka", target / "debug/kavka"]
    built = [binary for binary in candidates if binary.exists()]
    if not built:
        raise Missing(f"no kavka binary at {' or '.join(map(str, candidates))} (cargo build)")
    return max(built, key=lambda binary: binary.stat().st_mtime)


def _once(name, recipes, bring):
    folder, stamp = CACHE / name, CACHE / f"{name}.stamp"
    wanted = "".join(recipe.read_text() for recipe in recipes)
    if not (folder.exists() and stamp.exists() and stamp.read_text() == wanted):
        CACHE.mkdir(exist_ok=True)
        stamp.unlink(missing_ok=True)
        _bring(bring, folder)
        stamp.write_text(wanted)
    return folder


def _bring(bring, folder):
    """A registry that does not answer is asked again: one lost connection is no verdict on kavka."""
    for attempt in range(1, ATTEMPTS + 1):
        shutil.rmtree(folder, ignore_errors=True)
        try:
            return bring(folder)
        except Refused as refused:
            if attempt == ATTEMPTS:
                raise
            print(f"{refused}; again, after {10 * attempt} s", flush=True)
            time.sleep(10 * attempt)


def _call(what, *argv, **options):
    if not shutil.which(str(argv[0])):
        raise Missing(f"{what} needs {argv[0]}, which is not installed")
    done = processes.run(argv, timeout=900, **options)
    if done.returncode != 0:
        words = (done.stdout + done.stderr).decode(errors="replace").strip()
        raise Refused(f"{what} could not be brought by {argv[0]}: {words[-2000:]}")
