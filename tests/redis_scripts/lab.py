"""Pods as processes: what scripts/chart-on-redis and its checks stand on.

In: the chart, rendered by our own binary. Out: `Lab`, which makes `Pod`s. A pod runs the rendered start.sh with the
rendered redis.conf, both taken out of their ConfigMaps as they are, in folders of its own; what the StatefulSet sets in
the environment is set, and then paths, port and names are moved by the variables that common.sh lists.
Everything listens on 127.0.0.1 only.

No check depends on how fast the machine is: what must come is waited for until it came or stopped getting nearer
(`until`), and a time that a script is given, or may take, is that of an idle machine times `slowness`.
"""
import contextlib
import os
import pathlib
import shutil
import signal
import socket
import ssl
import subprocess
import tempfile
import time

import yaml

ROOT = pathlib.Path(__file__).resolve().parents[2]


class Failed(Exception):
    """A check that does not hold; the text says what was seen."""


def expect(condition, text):
    if not condition:
        raise Failed(text)


# Longest time that one look counts for. A look that took longer says that the machine is busy, or was stopped.
LOOK_SECONDS = 0.5


def until(condition, text, seconds=30.0, step=0.1):
    """Waits for something that takes a moment; gives what the condition gave."""
    spent = 0.0
    while True:
        begun = time.monotonic()
        with contextlib.suppress(OSError, RedisError, IndexError, KeyError):
            if value := condition():
                return value
        if spent > seconds:
            raise Failed(f"not within {seconds:.0f} s: {text() if callable(text) else text}")
        time.sleep(step)
        spent += min(time.monotonic() - begun, LOOK_SECONDS)


def slowness():
    """How many times slower than an idle machine this one starts programs just now; from 1 to 10."""
    took = []
    for _ in range(7):
        begun = time.monotonic()
        subprocess.run(["redis-cli", "--version"], stdout=subprocess.DEVNULL, check=False)
        took.append(time.monotonic() - begun)
    # The middle one: a single long one says nothing.
    return min(max(sorted(took)[3] / 0.02, 1.0), 10.0)


class RedisError(Exception):
    """An error reply."""


class Client:
    """Redis over a socket: passwords and keys of any bytes, and no redis-cli between us and the reply."""

    def __init__(self, port, password=None, timeout=60, tls=None, user=None):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout)
        if tls:
            self.socket = tls.wrap_socket(self.socket, server_hostname="localhost")
        self.file = self.socket.makefile("rb")
        if password is not None:
            self("AUTH", *filter(None, [user]), password)

    def __call__(self, *words):
        words = [w if isinstance(w, bytes) else str(w).encode() for w in words]
        self.socket.sendall(b"*%d\r\n" % len(words) + b"".join(b"$%d\r\n%s\r\n" % (len(w), w) for w in words))
        return self.reply()

    def reply(self):
        line = self.file.readline()
        if not line.endswith(b"\r\n"):
            raise OSError("the server closed the connection")
        kind, rest = line[:1], line[1:-2]
        if kind == b"-":
            raise RedisError(rest.decode())
        if kind == b":":
            return int(rest)
        if kind == b"$":
            return None if rest == b"-1" else self.file.read(int(rest) + 2)[:-2]
        if kind == b"*":
            return [self.reply() for _ in range(int(rest))]
        return rest

    def close(self):
        self.file.close()
        self.socket.close()


def free_ports(count):
    sockets = [socket.socket() for _ in range(count)]
    for each in sockets:
        each.bind(("127.0.0.1", 0))
    ports = [each.getsockname()[1] for each in sockets]
    for each in sockets:
        each.close()
    return ports


class Lab:
    """A folder, a shell, and the pods made in it."""

    open = set()

    def __init__(self, shell, ours, chart=ROOT / "chart", redis=None):
        self.shell, self.ours, self.chart = shell, ours, chart
        # Short: a Unix socket's path has room for 107 characters.
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="cor-"))
        self.rendered = {}
        self.bin = self.folder / "bin"
        self.bin.mkdir()
        self.pods, self.made = [], 0
        Lab.open.add(self)
        # Only what the shell's own system has, and Redis: a container has no other tools either.
        if shell == "busybox":
            busybox = shutil.which("busybox")
            for name in subprocess.run([busybox, "--list"], capture_output=True, text=True, check=True).stdout.split():
                (self.bin / name).symlink_to(busybox)
            self.path, self.sh = str(self.bin), [str(self.bin / "sh")]
        else:
            dash = shutil.which("dash")
            (self.bin / "sh").symlink_to(dash)
            self.path, self.sh = f"{self.bin}:/usr/bin:/bin", [dash]

        for name in ("redis-server", "redis-cli", "redis-check-rdb"):
            (self.bin / name).symlink_to(shutil.which(name, path=redis))

    def render(self, *sets):
        """The chart's redis.conf, its scripts, and the environment of the container, for these values."""
        if sets not in self.rendered:
            command = [self.ours, "template", "redis", str(self.chart), "--namespace", "lab"]
            for value in sets:
                command += ["--set", value]
            done = subprocess.run(command, capture_output=True, timeout=60)
            expect(done.returncode == 0, f"the chart does not render with {sets}: {done.stderr.decode()}")
            self.rendered[sets] = Rendered(list(filter(None, yaml.safe_load_all(done.stdout))))
        return self.rendered[sets]

    def set(self, count, *sets, password=None, args=(), env=None):
        """As many pods as the values would give, not started."""
        self.made += 1
        # With TLS the second half are its ports.
        ports = free_ports(2 * count)
        return [
            Pod(self, self.folder / f"{self.made}-{n}", n, ports, sets, password, args, env) for n in range(count)
        ]

    def certificates(self):
        """A folder with an authority, a certificate of it for localhost, and one of nobody's; as the Secret is mounted."""
        folder = self.folder / "tls"
        if not folder.exists():
            folder.mkdir()
            make = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
            for name, more in (
                ("ca", ["-addext", "keyUsage=keyCertSign"]),
                ("tls", ["-CA", "ca.crt", "-CAkey", "ca.key", "-addext", "subjectAltName=DNS:localhost"]),
                ("stranger", []),
            ):
                files = ["-keyout", f"{name}.key", "-out", f"{name}.crt", "-days", "2", "-subj", f"/CN={name}"]
                done = subprocess.run([*make, *files, *more], cwd=folder, capture_output=True, timeout=60)
                expect(done.returncode == 0, f"no certificate {name}: {done.stderr.decode()}")
        return folder

    def tls(self, who="tls"):
        """What a client needs to connect; `who` is the certificate that it shows, or None."""
        folder = self.certificates()
        context = ssl.create_default_context(cafile=folder / "ca.crt")
        if who:
            context.load_cert_chain(folder / f"{who}.crt", folder / f"{who}.key")
        return context

    def close(self):
        for pod in self.pods:
            pod.kill()
        shutil.rmtree(self.folder, ignore_errors=True)
        Lab.open.discard(self)


class Rendered:
    def __init__(self, objects):
        data = {}
        for each in objects:
            if each["kind"] == "ConfigMap":
                data.update(each.get("data") or {})
        self.objects = objects
        self.conf = data["redis.conf"]
        self.scripts = {name: text for name, text in data.items() if name.endswith(".sh")}
        # What stands before the image's own programs on PATH, once TLS or users are on.
        self.secure = {name: text for name, text in data.items() if name in ("redis-cli", "redis-server")}
        pod = next(o for o in objects if o["kind"] == "StatefulSet")["spec"]["template"]["spec"]
        container = next(c for c in pod["containers"] if c["name"] == "redis")
        self.env = {}
        for variable in container.get("env") or []:
            source = (variable.get("valueFrom") or {}).get("configMapKeyRef")
            if source:
                variable = {"value": data[source["key"]], **variable}
            if "value" in variable:
                self.env[variable["name"]] = str(variable["value"])


class Pod:
    """One pod. `start` and `stop` do what kubelet does; `sets` may change between them, as with `helm upgrade`."""

    def __init__(self, lab, folder, ordinal, ports, sets, password, args, env):
        self.lab, self.folder, self.ordinal = lab, folder, ordinal
        self.plain_ports, self.tls_ports = ports[: len(ports) // 2], ports[len(ports) // 2 :]
        self.ports, self.tls, self.user = self.plain_ports, None, None
        self.sets, self.password, self.args, self.extra = sets, password, list(args), dict(env or {})
        self.port = self.ports[ordinal]
        self.process = None
        self.starts = 0
        for name in ("data", "conf", "scripts"):
            (folder / name).mkdir(parents=True)
        lab.pods.append(self)

    @property
    def data(self):
        return self.folder / "data"

    def prepare(self):
        rendered = self.lab.render(*self.sets)
        (self.folder / "conf/redis.conf").write_text(self.extra.get("conf", rendered.conf), newline="")
        for name, text in rendered.scripts.items():
            (self.folder / "scripts" / name).write_text(text)
        (self.folder / "secure").mkdir(exist_ok=True)
        for name, text in rendered.secure.items():
            script = self.folder / "secure" / name
            script.write_text(text.replace("#!/bin/sh", f"#!{self.lab.bin}/sh", 1))
            script.chmod(0o555)
        # The values say which port pods find each other by.
        over_tls = rendered.env.get("REDIS_TLS") == "yes"
        self.ports = self.tls_ports if over_tls else self.plain_ports
        self.port = self.ports[self.ordinal]
        self.tls = self.lab.tls() if over_tls else None
        self.user = rendered.env.get("REDIS_USER")
        env = {
            **rendered.env,
            "PATH": f"{self.folder}/secure:{self.lab.path}" if rendered.secure else self.lab.path,
            "HOME": str(self.folder),
            "POD_NAME": f"redis-{self.ordinal}",
            "REDIS_BASE_CONF": str(self.folder / "conf/redis.conf"),
            "REDIS_RUN_DIR": str(self.folder / "run"),
            "REDIS_DATA_DIR": str(self.data),
            "REDIS_PORT": str(self.port),
            # A name, as in a cluster: replicas announce it, and FAILOVER finds them by it.
            "REDIS_PEERS": " ".join(f"localhost:{port}" for port in self.ports),
            "REDIS_WAIT_SECONDS": f"{3 * slowness():.0f}",
            "REDIS_ASK_SECONDS": "30",
        }
        for key in ("REDIS_CONF", "REDIS_PASSWORD_FILE", "REDIS_DOMAIN", "REDIS_PODS"):
            env.pop(key, None)
        if "REDIS_TLS" in rendered.env:
            env["REDIS_TLS_DIR"] = str(self.lab.certificates())
            env["REDIS_TLS_PORT"] = str(self.tls_ports[self.ordinal])
            if env["REDIS_PLAIN_PORT"] != "0":
                env["REDIS_PLAIN_PORT"] = str(self.plain_ports[self.ordinal])
        for name, key in (("users.acl", "REDIS_ACL_FILE"), ("follower", "REDIS_REPLICATION_PASSWORD_FILE")):
            if key in env:
                env[key] = str(self.folder / name)
                if name in self.extra:
                    (self.folder / name).write_bytes(self.extra[name])
        for value in self.sets:
            # What the values say, whether or not the chart at hand passes it on.
            if value.startswith("replication.masterOrdinal="):
                env["REDIS_MASTER_ORDINAL"] = value.partition("=")[2]
        if self.password is not None:
            (self.folder / "password").write_bytes(self.password)
            env["REDIS_PASSWORD_FILE"] = str(self.folder / "password")
        env.update({k: v for k, v in self.extra.items() if k.isupper()})
        self.env = env

    def start(self, *args):
        self.prepare()
        # A new pod has a new emptyDir; the volume stays.
        shutil.rmtree(self.folder / "run", ignore_errors=True)
        (self.folder / "run").mkdir()
        self.starts += 1
        command = [*self.lab.sh, str(self.folder / "scripts/start.sh"), "--bind", "127.0.0.1"]
        command += ["--repl-diskless-sync-delay", "0", *self.args, *args]
        with open(self.log_file, "wb") as log:
            self.process = subprocess.Popen(
                command, env=self.env, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True
            )
        return self

    @property
    def log_file(self):
        return self.folder / f"log.{self.starts}"

    @property
    def log(self):
        return self.log_file.read_text(errors="replace")

    @property
    def said(self):
        """What start.sh and settle.sh said, without Redis' own log."""
        return " | ".join(line for line in self.log.splitlines() if ".sh: " in line)

    def script(self, name, seconds=300, **env):
        """Runs another script as kubelet would; gives its exit code and its output."""
        command = [*self.lab.sh, str(self.folder / "scripts" / name)]
        done = subprocess.run(
            command, env={**self.env, **env}, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            timeout=seconds,
        )
        return done.returncode, done.stdout.decode(errors="replace").strip()

    def ready(self):
        return self.script("ready.sh")[0] == 0

    def wait_ready(self):
        # A start that has to wait for other pods waits for REDIS_WAIT_SECONDS, and for the next one as long again.
        seconds = 30 + 2 * int(self.env["REDIS_WAIT_SECONDS"])
        until(self.ready, lambda: f"pod {self.ordinal} is not ready: {self.script('ready.sh')[1]}: {self.said}", seconds)
        return self

    def client(self, **options):
        password = None if self.password is None else self.password.rstrip(b"\n")
        return Client(self.port, password, tls=self.tls, user=self.user, **options)

    def redis(self, *words):
        client = self.client()
        try:
            return client(*words)
        finally:
            client.close()

    def info(self, name):
        for line in self.redis("INFO").decode().splitlines():
            if line.startswith(name + ":"):
                return line.partition(":")[2]
        return None

    @property
    def role(self):
        return self.info("role")

    def exited(self, seconds=10):
        """The exit code; None when the server is still there."""
        with contextlib.suppress(Failed):
            until(lambda: self.process.poll() is not None, "", seconds)
        return self.process.poll()

    def stop(self, seconds=30, hook=True):
        """Deletes the pod: preStop, SIGTERM, and SIGKILL only after a complaint."""
        if hook:
            self.script("stop.sh")
        self.process.send_signal(signal.SIGTERM)
        text = f"pod {self.ordinal} did not end within {seconds} s of SIGTERM: {self.log[-400:]}"
        expect(self.exited(seconds) is not None, text)
        self.kill()

    def kill(self):
        """The node is gone."""
        if self.process:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()

    def empty(self):
        """The volume is gone."""
        shutil.rmtree(self.data)
        self.data.mkdir()
