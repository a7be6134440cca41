"""The checks of scripts/chart-on-redis, in the order of what they protect: passwords, data, probes, the test hook.

In: a `Lab`. Out: nothing, or `Failed` with what was seen. The title begins with the requirement's or the bug's id.
"""
import contextlib
import os
import signal
import stat
import subprocess
import threading
import time

from lab import Client, Failed, RedisError, expect, until

ALL = []
REPLICA = ("mode=replica",)
MASTER = [f"replication.masterOrdinal={n}" for n in range(3)]


def check(title):
    def keep(function):
        function.title = title
        ALL.append(function)
        return function

    return keep


# ---- Passwords ------------------------------------------------------------------------------------------------------

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
    code, output = pod.script("ready.sh")
    expect(code == 0, f"ready.sh: {output}")
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


# ---- redis.conf -----------------------------------------------------------------------------------------------------


@check("B13 text of redis.conf with tabs, an indented first line, CR LF and no newline at the end starts")
def conf_text(lab):
    text = "   maxmemory 100mb\r\n\tmaxmemory-policy\tallkeys-lru\r\nport 7777\ndir /tmp\ndaemonize yes\nappendonly no"
    pod = lab.set(1, password=b"pw", env={"conf": text})[0].start().wait_ready()
    expect(pod.redis("CONFIG", "GET", "maxmemory")[1] == b"104857600", "maxmemory is not read")
    expect(pod.redis("CONFIG", "GET", "maxmemory-policy")[1] == b"allkeys-lru", "maxmemory-policy is not read")


@check("L04 an error in redis.conf ends in Redis' own words about the line")
def conf_error(lab):
    pod = lab.set(1, password=b"secret-word", env={"conf": "maxmemory 512Mi\n"})[0].start()
    expect(pod.exited() not in (None, 0), "it started")
    expect("maxmemory 512Mi" in pod.log and "secret-word" not in pod.log, pod.log)


@check("C36 the chart's redis.conf is in force: log, snapshots, memory")
def conf_default(lab):
    pod = lab.set(1)[0].start().wait_ready()
    want = {"appendonly": b"yes", "appendfsync": b"everysec", "save": b"900 1 300 10 60 10000", "dir": str(pod.data).encode()}
    for name, value in want.items():
        found = pod.redis("CONFIG", "GET", name)[1]
        expect(found == value, f"{name} is {found}")


def fill(pod, count, prefix="key"):
    client = pod.client()
    for n in range(count):
        client("SET", f"{prefix}:{n}", n)
    client.close()


@check("B23 switching appendonly on, or putting back a dump.rdb, loses nothing")
def log_switched_on(lab):
    pod = lab.set(1, env={"conf": "save 900 1\nappendonly no\n"})[0].start().wait_ready()
    fill(pod, 100)
    pod.stop()
    expect((pod.data / "dump.rdb").exists(), "no dump.rdb to begin with")
    pod.extra.clear()
    pod.start().wait_ready()
    expect(pod.redis("DBSIZE") == 100, f"{pod.redis('DBSIZE')} keys of 100: {pod.said}")
    until(lambda: pod.info("aof_enabled") == "1" and pod.info("aof_rewrite_in_progress") == "0", "the log is not on")
    pod.redis("SET", "later", 1)
    pod.kill()
    pod.start().wait_ready()
    expect(pod.redis("DBSIZE") == 101, f"{pod.redis('DBSIZE')} keys of 101")


@check("B23 switching appendonly off loses nothing, and on again does not bring the old log back")
def log_switched_off(lab):
    without = "save 900 1\nappendonly no\n"
    for crash in (False, True):
        pod = lab.set(1)[0].start().wait_ready()
        fill(pod, 100)
        if crash:
            time.sleep(1.2)  # appendfsync everysec
        pod.kill() if crash else pod.stop()
        pod.extra["conf"] = without
        pod.start().wait_ready()
        expect(pod.redis("DBSIZE") == 100, f"{pod.redis('DBSIZE')} keys of 100: {pod.said}")
        until(lambda: pod.info("aof_enabled") == "0", "the log is still on")
        until(lambda: pod.info("rdb_bgsave_in_progress") == "0", "no snapshot")
        pod.redis("SET", "later", 1)
        pod.stop()
        pod.start().wait_ready()
        pod.stop()
        pod.extra.clear()
        pod.start().wait_ready()
        expect(pod.redis("DBSIZE") == 101, f"{pod.redis('DBSIZE')} keys of 101: {pod.said}")


# ---- Roles ----------------------------------------------------------------------------------------------------------


def cluster(lab, *sets, count=3, keys=100, **options):
    """Pods started in order, each when the one before is ready, and some keys on all of them."""
    pods = lab.set(count, *(sets or (*REPLICA, MASTER[0])), **options)
    for pod in pods:
        pod.start().wait_ready()
    fill(pods[0], keys)
    in_step(pods, keys)
    return pods


def in_step(pods, keys):
    for pod in pods:
        until(lambda: pod.redis("DBSIZE") == keys, lambda: f"pod {pod.ordinal} has {pod.redis('DBSIZE')} keys of {keys}")


def upgrade(pods, *sets):
    """Changed values: the StatefulSet restarts the pods, the highest first, each when the one before is ready."""
    for pod in pods:
        pod.sets = sets
    for pod in reversed(pods):
        pod.stop()
        pod.start().wait_ready()


def roles(pods, master):
    for pod in pods:
        want = "master" if pod is master else "slave"
        until(lambda: pod.role == want, lambda: f"pod {pod.ordinal} is {pod.role}, not {want}: {pod.said}")
        if pod is not master:
            until(lambda: pod.info("master_link_status") == "up", f"pod {pod.ordinal} has no link")
            # After a takeover the others are pointed to the new master one by one.
            until(
                lambda: pod.info("master_port") == str(master.port),
                lambda: f"pod {pod.ordinal} follows {pod.info('master_port')}, not the master: {pod.said} | {master.said}",
                10,
            )


@check("C13 replication links come up, with a password of every byte")
def links(lab):
    pods = cluster(lab, password=bytes(range(1, 256)))
    roles(pods, pods[0])
    expect("starts as master" in pods[0].said and "follows pod 0" in pods[1].said, f"{pods[0].said} / {pods[1].said}")
    found = {pods[0].info(f"slave{n}").split(",")[0] for n in range(2)}
    expect(found == {"ip=127.0.0.1"}, f"replicas announce {found}")


@check("C13 an ordinary rolling restart keeps roles and data, and says one line about each")
def rolling(lab):
    pods = cluster(lab)
    upgrade(pods, *pods[0].sets)
    roles(pods, pods[0])
    in_step(pods, 100)
    for pod in pods:
        expect(pod.said.count("start.sh:") == 1, f"pod {pod.ordinal}: {pod.said}")


@check("B21 a replica promoted by hand keeps its writes when it restarts, although pod 0 is master too")
def promoted_alone(lab):
    pods = cluster(lab)
    pods[1].redis("REPLICAOF", "NO", "ONE")
    pods[1].redis("SET", "after-failover", "kept")
    pods[1].ready()
    pods[1].stop()
    pods[1].start().wait_ready()
    expect(pods[1].redis("GET", "after-failover") == b"kept", f"the write is lost: {pods[1].said}")
    expect("TWO MASTERS" in pods[1].said, pods[1].said)
    # As the message says: the values decide, and nothing of this pod is lost.
    upgrade(pods, *REPLICA, MASTER[1])
    roles(pods, pods[1])
    for pod in pods:
        until(lambda: pod.redis("GET", "after-failover") == b"kept", "the write is lost")


@check("B21 the same after a crash: the probe had kept the role")
def promoted_crash(lab):
    pods = cluster(lab)
    pods[1].redis("REPLICAOF", "NO", "ONE")
    pods[1].redis("SET", "after-failover", "kept")
    pods[1].ready()
    time.sleep(1.2)  # appendfsync everysec
    pods[1].kill()
    pods[1].start().wait_ready()
    expect(pods[1].redis("GET", "after-failover") == b"kept", f"the write is lost: {pods[1].said}")


def promote(pods, new):
    new.redis("REPLICAOF", "NO", "ONE")
    for pod in pods:
        if pod is not new:
            pod.redis("REPLICAOF", "127.0.0.1", new.port)
    for pod in pods:
        pod.wait_ready()


@check("B21 after a promotion by hand every pod can restart, in any order and all at once, and no write is lost")
def promoted_all(lab):
    pods = cluster(lab)
    promote(pods, pods[1])
    fill(pods[1], 50, "after")
    in_step(pods, 150)
    for order in ((1,), (0,), (2, 1, 0), (0, 1), (1, 0), (0, 1, 2)):
        for n in order:
            pods[n].ready()
            pods[n].stop()
        for n in order:
            pods[n].start()
        for n in order:
            pods[n].wait_ready()
        roles(pods, pods[1])
        in_step(pods, 150)
    upgrade(pods, *REPLICA, MASTER[1])
    roles(pods, pods[1])
    in_step(pods, 150)


@check("C13 the old master comes back after a promotion by hand: it joins, and says how to bring Services along")
def old_master_joins(lab):
    pods = cluster(lab)
    pods[0].ready()
    pods[0].kill()
    pods[1].redis("REPLICAOF", "NO", "ONE")
    pods[2].redis("REPLICAOF", "127.0.0.1", pods[1].port)
    fill(pods[1], 50, "after")
    pods[0].start().wait_ready()
    roles(pods, pods[1])
    in_step(pods, 150)
    expect("set replication.masterOrdinal=1" in pods[0].said, pods[0].said)
    expect(list(pods[0].data.glob("kept-*")), "what the old master held was not kept aside")


class Writer(threading.Thread):
    """A client that writes to whichever pod is master, and counts what was acknowledged."""

    def __init__(self, pods):
        super().__init__(daemon=True)
        self.pods, self.ended, self.acknowledged = pods, threading.Event(), []

    def run(self):
        number = 0
        client = None
        while not self.ended.is_set():
            try:
                if client is None:
                    for pod in self.pods:
                        with contextlib.suppress(OSError, RedisError):
                            client = pod.client(timeout=3)
                            if client("ROLE")[0] == b"master":
                                break
                            client = None
                if client is not None:
                    client("SET", f"ack:{number}", number)
                    self.acknowledged.append(number)
                    number += 1
            except (OSError, RedisError, TypeError, IndexError):
                client = None
                number += 1
            time.sleep(0.002)

    def end(self):
        self.ended.set()
        self.join()
        return self.acknowledged


def all_there(pod, numbers):
    client = pod.client()
    missing = [n for n in numbers if client("GET", f"ack:{n}") != str(n).encode()]
    client.close()
    expect(not missing, f"{len(missing)} of {len(numbers)} acknowledged writes are gone from pod {pod.ordinal}: {missing[:5]}")


@check("B21 a failover by values loses no acknowledged write under load, there and back")
def failover_by_values(lab):
    pods = cluster(lab, password=b"pass word")
    writer = Writer(pods)
    writer.start()
    try:
        for master in (1, 0, 2):
            before = len(writer.acknowledged)
            upgrade(pods, *REPLICA, MASTER[master])
            roles(pods, pods[master])
            expect("took over" in pods[master].said, f"the new master was not handed the role: {pods[master].said}")
            until(lambda: len(writer.acknowledged) > before + 50, "the writer does not get on")
            all_there(pods[master], writer.acknowledged[:before])
    finally:
        numbers = writer.end()
    for pod in pods:
        until(lambda: pod.redis("DBSIZE") == pods[2].redis("DBSIZE"), f"pod {pod.ordinal} is behind")
        all_there(pod, numbers)


@check("B21 the master's node is lost, the values name another pod, the old one comes back and joins")
def lost_node(lab):
    pods = cluster(lab)
    pods[0].ready()
    pods[0].kill()
    for pod in pods:
        pod.sets = (*REPLICA, MASTER[1])
    for pod in (pods[2], pods[1]):
        pod.stop()
        pod.start()
        if pod.ordinal == 1:
            pod.wait_ready()
    pods[2].wait_ready()
    fill(pods[1], 50, "after")
    pods[0].start().wait_ready()
    roles(pods, pods[1])
    in_step(pods, 150)


@check("C13 all pods at once: the declared master leads, whichever comes up first")
def cold_start(lab):
    pods = cluster(lab)
    for order in ((0, 1, 2), (2, 1, 0)):
        for pod in pods:
            pod.stop()
        for n in order:
            pods[n].start()
        for pod in pods:
            pod.wait_ready()
        roles(pods, pods[0])
        in_step(pods, 100)


@check("C13 pods created in order, when the declared master is not the first: no pod waits for ever")
def declared_last(lab):
    pods = cluster(lab)
    upgrade(pods, *REPLICA, MASTER[2])
    for pod in pods:
        pod.stop()
    # The master's pod has no name in DNS before it is created.
    for pod in pods[:2]:
        pod.extra["REDIS_PEERS"] = f"127.0.0.1:{pods[0].port} 127.0.0.1:{pods[1].port} redis-2..nowhere:{pods[2].port}"
        pod.start().wait_ready()
        expect(pod.role == "slave", f"pod {pod.ordinal} is {pod.role}")


@check("C13 a masterOrdinal without a pod is refused with the reason")
def ordinal_too_high(lab):
    pod = lab.set(2, *REPLICA, "replication.masterOrdinal=2", env={"REDIS_MASTER_ORDINAL": "2"})[0]
    with contextlib.suppress(Failed):
        pod.prepare()
    pod.sets = REPLICA
    pod.start()
    expect(pod.exited() not in (None, 0) and "the pods are 0 to 1" in pod.said, pod.log)


# ---- Empty masters --------------------------------------------------------------------------------------------------


@check("B09 a master that lost its volume does not wipe its replicas; promoting one heals everything")
def empty_master(lab):
    pods = cluster(lab)
    pods[0].stop()
    pods[0].empty()
    pods[0].start()
    until(lambda: "WAITING" in pods[0].said, lambda: f"no explanation: {pods[0].log}")
    expect("holds 100 keys" in pods[0].said and "replicaof no one" in pods[0].said, pods[0].said)
    time.sleep(3)
    in_step(pods[1:], 100)
    code, output = pods[0].script("startup.sh")
    expect(code != 0, f"startup passes while it waits: {output}")
    pods[1].redis("REPLICAOF", "NO", "ONE")
    pods[0].wait_ready()
    roles(pods, pods[0])
    in_step(pods, 100)


@check("B09 a master whose snapshot is as old as its first replica wipes nothing")
def empty_snapshot(lab):
    pods = cluster(lab, keys=0, env={"conf": "save 900 1\nappendonly no\n"})
    pods[0].redis("SAVE")
    fill(pods[0], 100)
    in_step(pods, 100)
    pods[0].kill()
    pods[0].start()
    until(lambda: "WAITING" in pods[0].said, lambda: f"no explanation: {pods[0].log}")
    in_step(pods[1:], 100)


@check("C14 the same with no persistence at all: a restart of the master wipes nothing")
def no_persistence(lab):
    pods = cluster(lab, env={"conf": 'save ""\nappendonly no\n'})
    pods[0].stop()
    pods[0].start()
    until(lambda: "WAITING" in pods[0].said, lambda: f"no explanation: {pods[0].log}")
    time.sleep(2)
    in_step(pods[1:], 100)


@check("B09 a replica with data does not follow an empty master")
def empty_master_first(lab):
    pods = cluster(lab)
    for pod in pods:
        pod.stop()
    pods[0].empty()
    pods[0].start().wait_ready()
    pods[1].start()
    until(lambda: "WAITING" in pods[1].said, lambda: f"no explanation: {pods[1].log}")
    expect("(100 keys)" in pods[1].said, pods[1].said)
    pods[1].kill()
    upgraded = (*REPLICA, MASTER[1])
    for pod in pods:
        pod.sets = upgraded
    pods[1].start().wait_ready()
    expect(pods[1].redis("DBSIZE") == 100, f"{pods[1].redis('DBSIZE')} keys: {pods[1].said}")


@check("B09 an empty master waits for a pod that still loads, and for one with another password")
def empty_master_unsure(lab):
    pods = cluster(lab, count=2)
    pods[0].stop()
    pods[0].empty()
    pods[1].redis("CONFIG", "SET", "requirepass", "other")
    pods[0].start()
    until(lambda: "(denied)" in pods[0].said, lambda: f"no explanation: {pods[0].log}")
    expect(pods[0].exited(1) is None and "starts as master" not in pods[0].said, pods[0].said)


@check("B09 the explicit wish to start empty is obeyed")
def empty_on_purpose(lab):
    pods = cluster(lab, count=2)
    pods[0].stop()
    pods[0].empty()
    pods[0].extra["REDIS_ALLOW_EMPTY_MASTER"] = "yes"
    pods[0].start().wait_ready()
    in_step(pods, 0)


@check("B09 a database that was flushed on purpose restarts without questions")
def flushed(lab):
    pods = cluster(lab)
    pods[0].redis("FLUSHALL")
    in_step(pods, 0)
    upgrade(pods, *pods[0].sets)
    roles(pods, pods[0])
    for pod in pods:
        expect("WAITING" not in pod.said, pod.said)


@check("C03 standalone becomes replica and back, with its data")
def switch_mode(lab):
    pods = lab.set(3)
    pods[0].start().wait_ready()
    fill(pods[0], 100)
    for pod in pods:
        pod.sets = (*REPLICA, MASTER[0])
    pods[0].stop()
    for pod in pods:
        pod.start().wait_ready()
    roles(pods, pods[0])
    in_step(pods, 100)
    for pod in pods:
        pod.stop()
    pods[0].sets = ()
    pods[0].start().wait_ready()
    expect(pods[0].redis("DBSIZE") == 100 and pods[0].role == "master", "data or role is lost")


# ---- Probes ---------------------------------------------------------------------------------------------------------


def probes(pod, startup, live, ready, text=""):
    for name, want in (("startup.sh", startup), ("live.sh", live), ("ready.sh", ready)):
        begun = time.monotonic()
        code, output = pod.script(name)
        expect((code == 0) == want, f"{name} gives {code}: {output}")
        expect(time.monotonic() - begun < 8, f"{name} took {time.monotonic() - begun:.1f} s")
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
    # Redis answers LOADING after every 2 MB: a key every 3 ms, 5 kB each, is an answer every 1.2 s for 12 s.
    client = pod.client()
    for n in range(4000):
        client("SET", n, os.urandom(5000))
    client.close()
    pod.redis("BGREWRITEAOF")
    until(lambda: pod.info("aof_rewrite_in_progress") == "0" and pod.info("aof_rewrite_scheduled") == "0", "no rewrite")
    pod.stop()
    pod.start("--key-load-delay", "3000")
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
        probes(pod, False, False, False, "no answer")
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
    pods[0].redis("CONFIG", "SET", "rdb-key-save-delay", "30000")
    pods[1].redis("REPLICAOF", "NO", "ONE")
    pods[1].redis("SET", "other", "history")
    pods[1].redis("REPLICAOF", "127.0.0.1", pods[0].port)
    until(lambda: pods[1].info("master_sync_in_progress") == "1", "no full copy")
    probes(pods[1], True, True, False, "copies")


# ---- The end of a pod -----------------------------------------------------------------------------------------------


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
    pods[1].redis("CONFIG", "SET", "rdb-key-save-delay", "10000")
    pods[1].redis("REPLICAOF", "NO", "ONE")
    pods[1].redis("SET", "other", "history")
    pods[1].redis("REPLICAOF", "127.0.0.1", pods[0].port)
    until(lambda: pods[1].info("aof_rewrite_in_progress") == "1" and pods[1].info("master_link_status") == "up", "no first log")
    pods[1].stop()
    expect("can't exit" not in pods[1].log, "the first SIGTERM was ignored")


# ---- The test hook --------------------------------------------------------------------------------------------------


def hook(pods, *, seconds="5", **env):
    master = pods[0] if "at" not in env else env.pop("at")
    asked = {"REDIS_HOST": "127.0.0.1", "REDIS_SERVICE_PORT": str(master.port), "REDIS_SET": "redis",
             "REDIS_TEST_SECONDS": seconds, "REDIS_RUN_DIR": "/nonexistent", **env}
    return pods[0].script("test.sh", 60, **asked)


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
    begun = time.monotonic()
    code, output = hook(pods, seconds="1")
    expect(code == 1 and "refused" in output, f"{code}: {output}")
    expect(time.monotonic() - begun < 10, "it took too long")


@check("C30 pods are asked for by their names under the headless Service")
def names(lab):
    pod = lab.set(2, *REPLICA)[1]
    pod.prepare()
    script = '. "$1"/common.sh; pod 0; pod 1; pods'
    env = {**pod.env, "REDIS_DOMAIN": "redis-headless.lab.svc.example.org", "REDIS_PODS": "2", "REDIS_PORT": "6379", "REDIS_PEERS": ""}
    done = subprocess.run([*lab.sh, "-c", script, "sh", str(pod.folder / "scripts")], env=env, capture_output=True, text=True)
    want = "redis-0.redis-headless.lab.svc.example.org 6379\nredis-1.redis-headless.lab.svc.example.org 6379\n2\n"
    expect(done.stdout == want, done.stdout + done.stderr)
