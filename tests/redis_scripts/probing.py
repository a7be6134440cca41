"""Checks: probes, the end of a pod, and the test hook."""
import contextlib
import os
import signal
import subprocess
import threading
import time

from common import MASTER, REPLICA, check, cluster, fill, in_step
from lab import RedisError, expect, slowness, until


def probes(pod, startup, live, ready, text="", **env):
    for name, want in (("startup.sh", startup), ("live.sh", live), ("ready.sh", ready)):
        longest = 8 * slowness()
        begun = time.monotonic()
        code, output = pod.script(name, **env)
        expect((code == 0) == want, f"{name} gives {code}: {output}")
        expect(time.monotonic() - begun < longest, f"{name} took {time.monotonic() - begun:.1f} s of {longest:.1f}")
        if name == "ready.sh":
            expect(text in output, f"{text!r} is not in {output!r}")


@check("C15 NOAUTH: alive, not ready")
def noauth(lab):
    pod = lab.set(1)[0].start().wait_ready()
    pod.redis("CONFIG", "SET", "requirepass", "unknown to the chart")
    probes(pod, True, True, False, "NOAUTH")
    pod = lab.set(1, password=b"right")[0].start().wait_ready()
    pod.redis("CONFIG", "SET", "requirepass", "wrong")
    probes(pod, True, True, False, "AUTH")
    pod = lab.set(1, password=b"right")[0].start().wait_ready()
    pod.redis("CONFIG", "SET", "requirepass", "")
    probes(pod, True, True, False, "AUTH")


@check("C15 LOADING: started and alive however long it takes, not ready")
def loading(lab):
    pod = lab.set(1)[0].start().wait_ready()
    # Redis answers LOADING after every 2 MB: a key every 3 ms, 5 kB each, is an answer every 1.2 s for 12 s. Slower, so
    # that it still loads when the last probe looks.
    client = pod.client()
    for n in range(4000):
        client("SET", n, os.urandom(5000))
    client.close()
    pod.redis("BGREWRITEAOF")
    until(lambda: pod.info("aof_rewrite_in_progress") == "0" and pod.info("aof_rewrite_scheduled") == "0", "no rewrite")
    pod.stop()
    pod.start("--key-load-delay", f"{3000 * slowness():.0f}")
    until(lambda: "LOADING" in pod.script("ready.sh")[1], lambda: f"never LOADING: {pod.log[-300:]}", 10)
    probes(pod, True, True, False, "LOADING")


@check("C15 BUSY: alive, not ready")
def busy(lab):
    pod = lab.set(1)[0].start("--lua-time-limit", "100").wait_ready()
    script = threading.Thread(target=lambda: swallow(pod, "EVAL", "while true do end", 0), daemon=True)
    script.start()
    until(lambda: "BUSY" in pod.script("ready.sh")[1], "never BUSY")
    probes(pod, True, True, False, "BUSY")
    pod.redis("SCRIPT", "KILL")
    pod.wait_ready()


def swallow(pod, *words):
    with contextlib.suppress(OSError, RedisError):
        pod.redis(*words)


@check("C15 a server that hangs or is gone: every probe says so in time")
def hanging(lab):
    pod = lab.set(1)[0].start().wait_ready()
    os.kill(pod.process.pid, signal.SIGSTOP)
    try:
        # What the chart leaves them: three seconds.
        probes(pod, False, False, False, "no answer", REDIS_ASK_SECONDS="3")
    finally:
        os.kill(pod.process.pid, signal.SIGCONT)
    pod.stop()
    probes(pod, False, False, False, "refused")


@check("C15 a replica is not ready without its link, during a full copy, and after too long a silence")
def broken_link(lab):
    pods = cluster(lab, count=2)
    probes(pods[1], True, True, True)
    os.kill(pods[0].process.pid, signal.SIGSTOP)
    try:
        time.sleep(2.5)
        code, output = pods[1].script("ready.sh", REDIS_MAX_LAG_SECONDS="1")
        expect(code != 0 and "heard nothing" in output, output)
    finally:
        os.kill(pods[0].process.pid, signal.SIGCONT)
    pods[0].kill()
    until(lambda: pods[1].info("master_link_status") == "down", "the link is up")
    probes(pods[1], True, True, False, "no link")
    pods[0].start().wait_ready()
    pods[1].wait_ready()
    pods[0].redis("CONFIG", "SET", "rdb-key-save-delay", f"{30000 * slowness():.0f}")
    pods[1].redis("REPLICAOF", "NO", "ONE")
    pods[1].redis("SET", "other", "history")
    pods[1].redis("REPLICAOF", "localhost", pods[0].port)
    until(lambda: pods[1].info("master_sync_in_progress") == "1", "no full copy")
    probes(pods[1], True, True, False, "copies")


@check("C17 SIGTERM saves and ends; the preStop hook never fails, with or without a server")
def graceful(lab):
    pod = lab.set(1, password=b"pw", env={"conf": "save 900 1\n"})[0].start().wait_ready()
    fill(pod, 10)
    code, output = pod.script("stop.sh")
    expect(code == 0 and not output, output)
    pod.stop(hook=False)
    expect("DB saved on disk" in pod.log, pod.log)
    expect(pod.script("stop.sh")[0] == 0, "fails without a server")


@check("C17 a replica right after a full copy ends on its first SIGTERM: the hook waits for its first log")
def first_sigterm(lab):
    pods = cluster(lab, count=2, keys=300)
    pods[1].redis("CONFIG", "SET", "rdb-key-save-delay", f"{10000 * slowness():.0f}")
    pods[1].redis("REPLICAOF", "NO", "ONE")
    pods[1].redis("SET", "other", "history")
    pods[1].redis("REPLICAOF", "localhost", pods[0].port)
    writes = ("aof_rewrite_in_progress", "1"), ("master_link_status", "up")
    until(lambda: all(pods[1].info(name) == value for name, value in writes), "no first log")
    pods[1].stop()
    expect("can't exit" not in pods[1].log, "the first SIGTERM was ignored")


def hook(pods, *, seconds="60", **env):
    master = pods[0] if "at" not in env else env.pop("at")
    asked = {"REDIS_HOST": "127.0.0.1", "REDIS_SERVICE_PORT": str(master.port), "REDIS_SET": "redis",
             "REDIS_TEST_SECONDS": seconds, "REDIS_RUN_DIR": "/nonexistent", **env}
    return pods[0].script("test.sh", **asked)


@check("C23 the test hook passes on one pod, with and without a password, and leaves no key")
def hook_single(lab):
    for password in (None, b'pass "word\n'):
        pod = lab.set(1, password=password)[0].start().wait_ready()
        code, output = hook([pod])
        expect(code == 0 and "all passed" in output, output)
        expect(pod.redis("DBSIZE") == 0, "a key is left")


@check("C23 the test hook passes on replicas, and reads from each by its own name")
def hook_replica(lab):
    pods = cluster(lab, password=b"pw", keys=0)
    code, output = hook(pods)
    expect(code == 0 and "pod 2 (slave) has the key" in output, output)
    in_step(pods, 0)
    pods[2].stop()
    code, output = hook(pods, seconds="1")
    expect(code == 1 and "FAILED: pod 2" in output, f"a pod is gone, and: {output}")
    in_step(pods[:2], 0)


@check("B15 the test hook fails, with the reason and in time, without a server, with a wrong password, on a replica")
def hook_fails(lab):
    pods = cluster(lab, password=b"pw", count=2, keys=0)
    wrong = pods[0].folder / "wrong"
    wrong.write_bytes(b"nonsense")
    for text, env in (
        ("AUTH", {"REDIS_PASSWORD_FILE": str(wrong)}),
        ("NOAUTH", {"REDIS_PASSWORD_FILE": ""}),
        ("does not exist", {"REDIS_PASSWORD_FILE": "/nonexistent", "REDIS_SECRET": "a/b"}),
        ("READONLY", {"at": pods[1]}),
        ("pod 0 should be a replica", {"REDIS_MASTER_ORDINAL": "1"}),
        ("REDIS_HOST is not set", {"REDIS_HOST": ""}),
    ):
        code, output = hook(pods, seconds="1", **env)
        expect(code == 1 and "FAILED" in output and text in output, f"{text}: {code}: {output}")
    for pod in pods:
        pod.stop()
    longest = 10 * slowness()
    begun = time.monotonic()
    code, output = hook(pods, seconds="1")
    expect(code == 1 and "refused" in output, f"{code}: {output}")
    expect(time.monotonic() - begun < longest, "it took too long")


@check("C30 pods are asked for by their names under the headless Service")
def names(lab):
    pod = lab.set(2, *REPLICA)[1]
    pod.prepare()
    script = '. "$1"/common.sh; pod 0; pod 1; pods'
    env = {**pod.env, "REDIS_DOMAIN": "redis-headless.lab.svc.example.org", "REDIS_PODS": "2"}
    env |= {"REDIS_PORT": "6379", "REDIS_PEERS": ""}
    command = [*lab.sh, "-c", script, "sh", str(pod.folder / "scripts")]
    done = subprocess.run(command, env=env, capture_output=True, text=True)
    want = "redis-0.redis-headless.lab.svc.example.org 6379\nredis-1.redis-headless.lab.svc.example.org 6379\n2\n"
    expect(done.stdout == want, done.stdout + done.stderr)
