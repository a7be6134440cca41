#!/usr/bin/env python3
"""kubectl, helm and redis-cli for servers of this machine; which one it is, the name it is called by says.

The world is the folder $WORLD: NAMESPACE/POD/{port,start,pid,password,binary,role,vol}, and NAMESPACE/state.json with the
StatefulSet's number of pods, the Secret, the Services' selectors and helm's revisions. Every word of every call is written
to calls, so that no password can be among them. A file `fail` has a text in its first line: the call that has it fails with
the words of the second.
"""
import base64
import json
import os
import pathlib
import re
import signal
import subprocess
import sys
import time

WORLD = pathlib.Path(os.environ["WORLD"])
NAME = pathlib.Path(sys.argv[0]).name
WORDS = sys.argv[1:]
SET = "redis"


def refuse(text, code=1):
    print(text, file=sys.stderr)
    sys.exit(code)


class Space:
    """A namespace."""

    def __init__(self, name):
        self.name, self.folder = name, WORLD / name
        self.file = self.folder / "state.json"

    @property
    def state(self):
        return json.loads(self.file.read_text()) if self.file.exists() else None

    def write(self, **more):
        state = {**(self.state or {}), **more}
        self.folder.mkdir(exist_ok=True)
        self.file.with_suffix(".new").write_text(json.dumps(state))
        self.file.with_suffix(".new").rename(self.file)

    def pods(self):
        return sorted((path.parent for path in self.folder.glob("*/port")), key=lambda path: int(path.name.rsplit("-", 1)[1]))

    def pod(self, name):
        path = self.folder / name
        if not (path / "port").exists():
            refuse(f'Error from server (NotFound): pods "{name}" not found')
        return path


def ask(pod, *words):
    # What a server was started with, and what it may take besides.
    for password in [(pod / "password").read_text(), (pod / "secret").read_text()]:
        done = subprocess.run([os.environ["REAL_CLI"], "-p", (pod / "port").read_text(), *words], capture_output=True, text=True,
                              env={**os.environ, "REDISCLI_AUTH": password, "PATH": os.environ["PATH"]})
        if "WRONGPASS" not in done.stderr + done.stdout:
            break
    return done.stdout


def word(text):
    """As redis.conf reads it."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def stop(pod):
    info = ask(pod, "info", "replication")
    if "role:" in info:
        found = dict(line.split(":", 1) for line in info.replace("\r", "").split("\n") if ":" in line)
        (pod / "role").write_text(f"{found['master_host']} {found['master_port']}" if found["role"] == "slave" else "")
    if not (pod / "pid").exists():
        return
    try:
        os.kill(int((pod / "pid").read_text()), signal.SIGTERM)
    except (ProcessLookupError, ValueError):
        # It ended by itself, in the middle of something.
        (pod / "pid").unlink()
    for _ in range(300):
        if not (pod / "pid").exists():
            return
        time.sleep(0.1)


def start(space, pod, must=True):
    secret = space.state["secret"]
    (pod / "password").write_text(secret)
    (pod / "secret").write_text(secret)
    role = (pod / "role").read_text().split() if (pod / "role").exists() else []
    conf = f"port {(pod / 'port').read_text()}\ndir {pod}/vol\npidfile {pod}/pid\nlogfile {pod}/log\ndaemonize yes\n"
    conf += f"{(pod / 'settings').read_text()}\nrequirepass {word(secret)}\nmasterauth {word(secret)}\n"
    if role:
        conf += f"replicaof {role[0]} {role[1]}\n"
    (pod / "vol").mkdir(exist_ok=True)
    (pod / "redis.conf").write_text(conf)
    subprocess.run([(pod / "binary").read_text(), str(pod / "redis.conf")], check=True, stdout=subprocess.DEVNULL)
    for _ in range(200):
        if "PONG" in ask(pod, "ping"):
            return True
        log = (pod / "log").read_text().split("Redis is starting")[-1] if (pod / "log").exists() else ""
        if "Fatal error" in log or "Unrecoverable error" in log:
            break
        time.sleep(0.1)
    if must:
        refuse(f"error: timed out waiting for {pod.name}: {(pod / 'log').read_text()[-300:]}")
    return False


def address(word):
    """The server behind a name of the cluster: a pod's, or a Service's."""
    found = re.fullmatch(r"([a-z0-9-]+)\.(?:[a-z0-9-]+-headless\.)?([a-z0-9-]+)\.svc(?:\.cluster\.local)?", word)
    if not found:
        return None
    name, space = found.groups()
    if (WORLD / space / name / "port").exists():
        return (WORLD / space / name / "port").read_text()
    pod = Space(space).state["services"].get(name, f"{SET}-0")
    return (WORLD / space / pod / "port").read_text()


def redis_cli():
    words = list(WORDS)
    for at, word in enumerate(words[:-1]):
        port = address(word)
        if port:
            words[at], words[at + 1] = "127.0.0.1", port
    done = subprocess.run([os.environ["REAL_CLI"], *words], capture_output=True)
    text = done.stdout.decode(errors="replace")
    for pod in WORLD.glob("*/*/port"):
        host = f"{pod.parent.name}.{SET}-headless.{pod.parent.parent.name}.svc.cluster.local"
        text = re.sub(rf"master_host:127.0.0.1\r?\nmaster_port:{pod.read_text()}\b", f"master_host:{host}\r\nmaster_port:6379", text)
    sys.stdout.write(text)
    sys.stderr.buffer.write(done.stderr)
    sys.exit(done.returncode)


def programs(binary):
    """A folder as an image has it: the server is its own checkers, by the name that it is called by."""
    version = subprocess.run([binary, "--version"], capture_output=True, text=True).stdout
    folder = WORLD / "images" / re.search(r"v=([0-9.]+)", version)[1]
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("redis-server", "redis-check-rdb", "redis-check-aof"):
        if not (folder / name).exists():
            (folder / name).symlink_to(binary)
    return folder


def of_image(image):
    version = re.search(r":([0-9.]+)", image)[1]
    (found,) = [path for path in os.environ["BINARIES"].split(";") if path.startswith(f"{version}=")]
    return found.split("=", 1)[1]


def option(words, *names, default=None):
    for at, word in enumerate(words):
        for name in names:
            if word == name:
                return words[at + 1]
            if word.startswith(f"{name}="):
                return word.split("=", 1)[1]
    return default


def kubectl():
    words = list(WORDS)
    space = Space(option(words, "-n", default="default"))
    at = words.index("-n") if "-n" in words else None
    if at is not None:
        del words[at:at + 2]
    verb, rest = words[0], words[1:]
    text = " ".join(rest)
    if verb == "create" and rest[0] == "namespace":
        Space(rest[1]).write()
    elif verb == "create" and rest[:2] == ["secret", "generic"]:
        print(json.dumps({"secret": sys.stdin.read()}))
    elif verb == "apply":
        given = sys.stdin.read()
        if "secret" in given:
            space.write(secret=json.loads(given)["secret"])
        else:
            claim = re.search(r'"claimName": "data-([^"]*)"', given)
            space.write(helper=str(space.folder / claim[1] / "vol"))
    elif verb == "exec":
        end = rest.index("--")
        names = [word for word in rest[:end] if word not in ("-i", "-c", "redis")]
        command = rest[end + 1:]
        environment = dict(os.environ)
        if names[0].endswith("-restore"):
            data = space.state["helper"]
            environment["PATH"] = f"{WORLD}/bin:{programs(of_image(space.state['image']))}:{os.environ['PATH']}"
        else:
            pod = space.pod(names[0])
            if not (pod / "pid").exists():
                refuse('error: Internal error occurred: container not found ("redis")')
            data = str(pod / "vol")
            environment.update(REDIS_PORT=(pod / "port").read_text(), REDIS_PASSWORD_FILE=str(pod / "password"))
            environment["PATH"] = f"{WORLD}/bin:{programs((pod / 'binary').read_text())}:{os.environ['PATH']}"
        command = [word.replace("/data", data) for word in command]
        os.execvpe(command[0], command, environment)
    elif verb == "get":
        state = space.state
        if state is None:
            refuse(f'Error from server (NotFound): namespaces "{space.name}" not found')
        if rest[0] == "statefulset":
            if rest[1] != SET or "replicas" not in state:
                refuse(f'Error from server (NotFound): statefulsets.apps "{rest[1]}" not found')
            if "volumeClaimTemplates" in text:
                print("data", end="")
            elif ".spec.replicas" in text:
                print(state["replicas"], end="")
            elif "[*].name" in text:
                print("redis", end="")
            elif ".image" in text:
                print(state["image"], end="")
        elif rest[0] == "secret":
            if "base64decode" in text:
                print(state["secret"], end="")
            else:
                print("there" if state.get("secret") else "", end="")
        elif rest[0] == "service":
            print(" ".join(state["services"]), end="")
        elif rest[0] == "persistentvolumeclaim":
            print(f"persistentvolumeclaim/{rest[1]}")
        elif "-o" in rest and option(rest, "-o") == "yaml":
            print(f"kind: List\nitems:\n- kind: StatefulSet\n  metadata:\n    name: {SET}")
    elif verb == "patch" and rest[0] == "service":
        patch = json.loads(option(rest, "-p"))["spec"]
        services = space.state["services"]
        services[rest[1]] = patch["selector"]["statefulset.kubernetes.io/pod-name"] if patch.get("selector") else patch["externalName"]
        space.write(services=services)
    elif verb == "patch" and rest[0] == "secret":
        data = json.load(sys.stdin)["data"]
        (value,) = data.values()
        space.write(secret=base64.b64decode(value).decode())
        # kubelet changes the mounted file under running pods; what the server was started with stays known.
        for pod in space.pods():
            (pod / "secret").write_text(space.state["secret"])
    elif verb == "rollout" and rest[0] == "restart":
        space.write(restarting=True)
    elif verb == "rollout" and rest[0] == "status":
        if space.state.get("restarting"):
            for pod in reversed(space.pods()):
                stop(pod)
                start(space, pod)
                for _ in range(200):
                    info = ask(pod, "info", "replication")
                    if "role:master" in info or "master_link_status:up" in info:
                        break
                    time.sleep(0.1)
            space.write(restarting=False)
    elif verb == "scale":
        count = int(option(rest, "--replicas"))
        for pod in space.pods():
            stop(pod) if count == 0 else start(space, pod)
        space.write(replicas=count)
    elif verb == "logs":
        print((space.pod(rest[0]) / "log").read_text())
    elif verb not in ("delete", "wait"):
        refuse(f"error: unknown command {WORDS}")


def run_image(space, image):
    """Every pod with another image, the highest number first."""
    binary = of_image(image)
    for pod in reversed(space.pods()):
        stop(pod)
        (pod / "binary").write_text(binary)
        start(space, pod, must=False)
    space.write(image=image, replicas=len(space.pods()))


def helm():
    words = list(WORDS)
    space = Space(option(words, "-n", "--namespace", default="default"))
    state = space.state
    verb = words[0]
    if verb == "get":
        revision = option(words, "--revision")
        image = state["revisions"][int(revision) - 1]["image"] if revision else (state or {}).get("image", "")
        print(f'    image: "{image}"' if words[1] == "manifest" else "{}")
        return
    if verb == "upgrade" and "--install" in words:
        subprocess.run([os.environ["NEW_SPACE"], space.name, f"redis:{option(words, '--set-string').split('=')[1]}"], check=True)
        return
    if state is None or "revisions" not in state:
        refuse("Error: release: not found")
    if verb == "status":
        print(f"NAME: redis\nSTATUS: {state.get('status', 'deployed')}\nREVISION: {len(state['revisions'])}")
    elif verb == "history":
        print("REVISION\tUPDATED\tSTATUS\tCHART\tAPP VERSION\tDESCRIPTION")
        for number, revision in enumerate(state["revisions"], 1):
            print(f"{number}\tSun Nov 22 03:00:00 2026\t{revision['status']}\tredis-1.0.0\t\t")
    elif verb in ("upgrade", "rollback"):
        revisions = state["revisions"]
        image = revisions[int(words[2]) - 1]["image"] if verb == "rollback" else state["image"]
        for at, word in enumerate(words):
            if word == "--set-string" and words[at + 1].startswith("image.tag="):
                image = f"redis:{words[at + 1].split('=')[1]}"
        ordinal = option(words, "--set", default="")
        revisions[-1]["status"] = "superseded"
        services = {name: f"{SET}-0" for name in state["services"]}
        if ordinal.startswith("replication.masterOrdinal="):
            services = {name: f"{SET}-{ordinal.split('=')[1]}" for name in services}
        space.write(revisions=[*revisions, {"status": "deployed", "image": image}], services=services, told=words)
        if image != state["image"]:
            run_image(space, image)
        print("Rollback was a success! Happy Helming!" if verb == "rollback" else "Release \"redis\" has been upgraded.")
    else:
        refuse(f"Error: unknown command {WORDS}")


if NAME != "redis-cli":
    with open(WORLD / "calls", "a") as calls:
        calls.write(" ".join([NAME, *WORDS]) + "\n")
    failing = WORLD / "fail"
    if failing.exists():
        pattern, said = failing.read_text().split("\n")[:2]
        if re.search(pattern, " ".join([NAME, *WORDS])):
            refuse(said)
{"kubectl": kubectl, "helm": helm, "redis-cli": redis_cli}[NAME]()
