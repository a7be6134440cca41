"""Checks: passwords of any bytes reach Redis as they are, and nobody else."""
import contextlib
import os
import stat
import threading

from common import REPLICA, check, cluster, in_step, roles
from lab import Client, Failed, RedisError, expect, until

# The thirteen that broke or changed in the chart this one learned from.
THIRTEEN = {
    "a space": b"two words",
    "a double quote": b'dou"ble',
    "a single quote": b"sin'gle",
    "double quotes around": b'"abc"',
    "single quotes around": b"'abc'",
    "a backslash": b"back\\slash",
    "a backslash at the end": b"end\\",
    "a backslash and an n": b"a\\nb",
    "a hash": b"#hash #mark",
    "a dollar": b"$HOME ${PATH} $(id) `id`",
    "a newline inside": b"first\nsecond",
    "a newline at the end": b"trailing\n",
    "blanks around": b"  blanks\t ",
}
NASTY = {
    "unicode": "pässwörd ✓ 密码".encode(),
    "every byte but NUL": bytes(range(1, 256)),
    "512 bytes": b"0123456789abcdef" * 32,
    "4096 bytes": b"x" * 4096,
    "bytes that are not UTF-8": b"\xff\xfe\xc3",
    "an escape in hex": b"\\x41\\x00",
    "percent signs": b"%s%d%%%n",
    "an option": b"-a",
    "two dashes": b"--",
    "a glob": b"* ? [a-z]",
    "a carriage return": b"a\rb",
    "newlines at the start": b"\n\nx",
    "many newlines at the end": b"x\n\n\n",
    "one character": b" ",
    "a bell and an escape": b"\a\x1b[31m",
    "a directive after a newline": b"x\nappendonly no\n#y",
}


def password_works(lab, value):
    pod = lab.set(1, password=value)[0].start()
    until(lambda: pod.redis("PING") == b"PONG", lambda: f"no PONG with the password: {pod.log[-600:]}", 10)
    for wrong in (value.rstrip(b"\n") + b"x", value.strip()[1:], b"abc" if value != b"abc" else b"x"):
        if wrong == value.rstrip(b"\n"):
            continue
        with contextlib.suppress(RedisError):
            Client(pod.port, wrong)
            raise Failed(f"{wrong!r} is taken for {value!r}")
    pod.wait_ready()
    pod.stop()


def password_check(name, value):
    @check(f"C10 password with {name} authenticates")
    def one(lab):
        password_works(lab, value)


for each in {**THIRTEEN, **NASTY}.items():
    password_check(*each)


@check("B12 the password is on no command line, in no environment and no log, and its files are 0600")
def b12(lab):
    secret = b"never-to-be-seen-7fA"
    pods = lab.set(2, *REPLICA, password=secret)
    seen = []
    stop = threading.Event()

    def watch():
        while not stop.is_set():
            for process in filter(str.isdigit, os.listdir("/proc")):
                with contextlib.suppress(OSError):
                    line = open(f"/proc/{process}/cmdline", "rb").read()
                    if secret in line:
                        seen.append(line)

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        for pod in pods:
            pod.start().wait_ready()
        pods[0].script("test.sh", REDIS_HOST="127.0.0.1", REDIS_SERVICE_PORT=str(pods[0].port))
    finally:
        stop.set()
        watcher.join()
    expect(not seen, f"on a command line: {seen[:1]}")
    for pod in pods:
        with open(f"/proc/{pod.process.pid}/environ", "rb") as environment:
            expect(secret not in environment.read(), "in the server's environment")
        expect(secret.decode() not in pod.log, "in the log")
        for name in ("redis.conf", "password"):
            mode = stat.S_IMODE((pod.folder / "run" / name).stat().st_mode)
            expect(mode == 0o600, f"{name} has mode {mode:o}")


def refuses(lab, text, **options):
    pod = lab.set(1, **options)[0].start()
    expect(pod.exited() not in (None, 0), f"it did not refuse: {pod.said}")
    expect(text in pod.said, f"{text!r} is not in: {pod.log}")


@check("C12 an empty password is refused with the reason")
def c12_empty(lab):
    refuses(lab, "is empty", password=b"", env={"REDIS_SECRET": "redis-auth/redis-password"})
    refuses(lab, "redis-auth/redis-password is empty", password=b"\n\n", env={"REDIS_SECRET": "redis-auth/redis-password"})


@check("C12 a wrong key in existingSecret is refused with the Secret, the key and what to do")
def c12_key(lab):
    options = {"REDIS_PASSWORD_FILE": "/nonexistent/password", "REDIS_SECRET": "redis-auth/no-such-key"}
    refuses(lab, "its key (redis-auth/no-such-key) does not exist", env=options)
    refuses(lab, "redis.secretKeyName", env=options)


@check("C10 a password with a NUL byte is refused with the reason")
def c10_nul(lab):
    refuses(lab, "NUL byte", password=b"a\0b")


@check("C11 probes keep the password of the running server when the Secret changes under it")
def c11_rotation(lab):
    pod = lab.set(1, password=b"old")[0].start().wait_ready()
    (pod.folder / "password").write_bytes(b"new")
    expect(pod.ready(), pod.script("ready.sh")[1])


@check("C27 a new password goes through a rolling restart: no pod waits for a master that has the old one")
def rotation(lab):
    pods = cluster(lab, password=b"old one")
    for pod in pods:
        pod.password = b"new > one\xff"
        (pod.folder / "password").write_bytes(pod.password)
    pods[2].script("stop.sh")
    pods[2].kill()
    pods[2].start()
    for pod in (pods[1], pods[0]):
        expect(pod.ready(), pod.script("ready.sh")[1])
    pods[2].wait_ready()
    for pod in (pods[1], pods[0]):
        pod.stop()
        pod.start().wait_ready()
    roles(pods, pods[0])
    in_step(pods, 100)
    for pod in pods:
        with contextlib.suppress(RedisError):
            Client(pod.port, b"old one")
            raise Failed(f"pod {pod.ordinal} still takes the old password")


@check("C09 the exporter gets the password byte by byte, and refuses to start without it")
def c09(lab):
    value = bytes(b for b in range(1, 256)) + b"\n"
    pod = lab.set(1, password=value)[0]
    pod.prepare()
    fake = pod.folder / "exporter"
    fake.write_text(f'#!{lab.sh[0]}\nprintf "%s" "$REDIS_PASSWORD" > "$OUT"; echo "${{REDIS_PASSWORD_FILE-unset}} $*"\n')
    fake.chmod(0o755)
    code, output = pod.script("exporter.sh", REDIS_EXPORTER=str(fake), OUT=str(pod.folder / "out"))
    expect(code == 0 and output.startswith("unset"), output)
    expect((pod.folder / "out").read_bytes() == value.rstrip(b"\n"), "the password changed on its way")
    code, output = pod.script("exporter.sh", REDIS_EXPORTER=str(fake), REDIS_PASSWORD_FILE="/nonexistent", REDIS_SECRET="a/b")
    expect(code == 1 and "(a/b) does not exist" in output, output)
