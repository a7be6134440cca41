"""Checks: backups. A file with the name of a backup is one that can be restored; everything else is said and goes away."""
import contextlib
import os
import re
import resource
import shutil
import signal
import stat
import subprocess
import time

from common import MASTER, REPLICA, check, cluster, fill
from lab import expect, slowness, until
from secure import APP, OPS, TLS

ON = "backup.enabled=true"
NAME = re.compile(r"redis-\d{8}T\d{6}Z\.rdb")
OLD = [f"redis-2020010{n}T000000Z.rdb" for n in range(1, 6)]


def folder(pod):
    place = pod.lab.folder / "backup"
    place.mkdir(exist_ok=True)
    return place


def asked(pod, **env):
    """What the CronJob sets, with paths, names and ports moved as for the pods."""
    return {**pod.env, "REDIS_SET": "redis", "REDIS_BACKUP_DIR": str(folder(pod)), "REDIS_RUN_DIR": "/nonexistent", **env}


def command(pod):
    return [*pod.lab.sh, str(pod.folder / "scripts/backup.sh")]


def backup(pod, **env):
    """Runs it to its end; gives the exit code and the output."""
    return pod.script("backup.sh", **asked(pod, **env))


def begun(pod, **env):
    out = open(pod.lab.folder / "backup.log", "wb")
    return subprocess.Popen(
        command(pod), env=asked(pod, **env), stdin=subprocess.DEVNULL, stdout=out, stderr=out, start_new_session=True
    )


def copies(pod):
    return sorted(name for name in os.listdir(folder(pod)) if NAME.fullmatch(name))


def rest(pod):
    """What else lies there."""
    return sorted(name for name in os.listdir(folder(pod)) if not NAME.fullmatch(name))


def works(pod, **env):
    before = set(copies(pod))
    until(lambda: time.strftime("redis-%Y%m%dT%H%M%SZ.rdb", time.gmtime()) not in before, "the second is over")
    code, output = backup(pod, **env)
    new = set(copies(pod)) - before
    expect(code == 0 and len(new) == 1 and "checked" in output, f"{code}: {output}")
    expect(rest(pod) == [], f"left behind: {rest(pod)}")
    return folder(pod) / new.pop(), output


def fails(pod, text, kept=(), **env):
    code, output = backup(pod, **env)
    expect(code == 1 and "FAILED" in output and text in output, f"{text!r}: {code}: {output}")
    expect("earlier ones are as they were" in output, output)
    expect(copies(pod) == sorted(kept) and rest(pod) == [], f"in the folder: {os.listdir(folder(pod))}")


def slow(pod, keys=50, seconds=2.0):
    """Makes the server take its time to save."""
    pod.redis("CONFIG", "SET", "rdb-key-save-delay", f"{1e6 * seconds * slowness() / keys:.0f}")


def saving(pod):
    until(lambda: pod.info("rdb_bgsave_in_progress") == "1", "it does not save")


def holds(lab, copy, keys, prefix="key"):
    """Whether a fresh server reads the copy, with every key."""
    pod = lab.set(1)[0]
    shutil.copy(copy, pod.data / "dump.rdb")
    pod.start().wait_ready()
    expect(pod.redis("DBSIZE") == keys, f"{pod.redis('DBSIZE')} keys of {keys}")
    for n in range(keys):
        expect(pod.redis("GET", f"{prefix}:{n}") == str(n).encode(), f"{prefix}:{n} differs")
    pod.stop()


@check("C33 a backup of one pod is whole, checked, 0600, and a fresh server reads every key of it")
def single(lab):
    pod = lab.set(1, ON, password=b"pass 'word\n")[0].start().wait_ready()
    fill(pod, 50)
    copy, output = works(pod)
    expect("50 keys" in output and "from pod 0, the master" in output, output)
    mode = stat.S_IMODE(copy.stat().st_mode)
    expect(mode == 0o600, f"mode {mode:o}")
    holds(lab, copy, 50)


@check("C33 a backup of an empty server is one")
def empty(lab):
    copy, output = works(lab.set(1, ON)[0].start().wait_ready())
    expect("0 keys" in output, output)
    holds(lab, copy, 0)


@check("C33 a backup comes from a replica that is in step, else from the master")
def replica(lab):
    pods = cluster(lab, *REPLICA, ON, MASTER[0], password=b"pw", keys=50)
    copy, output = works(pods[0])
    expect("from pod 1, a replica" in output, output)
    holds(lab, copy, 50)
    pods[1].stop()
    expect("from pod 2, a replica" in works(pods[0])[1], "not from the other replica")
    pods[2].redis("REPLICAOF", "127.0.0.1", "1")
    until(lambda: pods[2].info("master_link_status") == "down", "the link is up")
    expect("from pod 0, the master" in works(pods[0])[1], "not from the master")
    pods[0].stop()
    fails(pods[0], "pod 2 is a replica without its master", copies(pods[0]))


@check("C33 a backup over TLS, as a user of the file, from a replica")
def secured(lab):
    sets = (*REPLICA, *TLS, *OPS, ON)
    pods = cluster(lab, *sets, MASTER[0], count=2, password=b"pw", keys=50, env={"users.acl": APP})
    copy, output = works(pods[0])
    expect("from pod 1, a replica" in output, output)
    holds(lab, copy, 50)


@check("C33 a slow save is waited for, and the copy has no name before it is whole and checked")
def waited(lab):
    pod = lab.set(1, ON)[0].start().wait_ready()
    fill(pod, 50)
    slow(pod)
    process = begun(pod)
    saving(pod)
    expect(copies(pod) == [] and process.poll() is None, "it did not wait")
    until(lambda: process.poll() is not None, "it does not end", 60)
    expect(process.returncode == 0 and len(copies(pod)) == 1, f"{process.returncode}: {(lab.folder / 'backup.log').read_text()}")
    holds(lab, folder(pod) / copies(pod)[0], 50)


def stand_in(lab, pod, name, text):
    """A program before the one of the image."""
    place = lab.folder / "before"
    place.mkdir(exist_ok=True)
    script = place / name
    script.write_text(f"#!{lab.bin}/sh\nPATH={pod.env['PATH']}\n{text}")
    script.chmod(0o755)
    return {"PATH": f"{place}:{pod.env['PATH']}"}


@check("C33 a copy that was damaged on its way is found by redis-check-rdb and is no backup; those of before stay")
def damaged(lab):
    pod = lab.set(1, ON)[0].start().wait_ready()
    fill(pod, 200)
    kept = works(pod)[0]
    # The real copy, with bytes changed, or cut off: `$5` is --rdb, `$6` the file.
    for text, harm in (
        ("redis-check-rdb finds the copy damaged", 'printf XXXXXXXX | dd of="$6" bs=1 seek=500 conv=notrunc 2> /dev/null'),
        ("redis-check-rdb finds the copy damaged", 'head -c 700 "$6" > "$6.cut" && cat "$6.cut" > "$6" && rm "$6.cut"'),
        ("the copy is empty", ': > "$6"'),
        ("redis-cli left with 1", "exit 1"),
    ):
        env = stand_in(lab, pod, "redis-cli", f'redis-cli "$@" || exit 1\n[ "$5" != --rdb ] || {{ {harm}; }}\n')
        fails(pod, text, [kept.name], **env)
    holds(lab, kept, 200)


@check("C33 a full disk: said, nothing half is left, and the copies of before stay")
def full(lab):
    pod = lab.set(1, ON)[0].start().wait_ready()
    fill(pod, 20)
    kept = works(pod)[0]
    for n in range(200):
        pod.redis("SET", f"big:{n}", os.urandom(5000))

    def little_room():
        # As a full disk does, a write fails: the folder's own disk is not ours to fill.
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))

    done = subprocess.run(
        command(pod), env=asked(pod), stdin=subprocess.DEVNULL, capture_output=True, timeout=300, preexec_fn=little_room
    )
    output = (done.stdout + done.stderr).decode()
    expect(done.returncode == 1 and "FAILED: the copy broke off" in output, f"{done.returncode}: {output}")
    expect(copies(pod) == [kept.name] and rest(pod) == [], f"in the folder: {os.listdir(folder(pod))}")


@check("C33 the newest N are kept, and what is no backup of this release is left alone")
def kept_number(lab):
    pod = lab.set(1, ON)[0].start().wait_ready()
    others = ["redis-2-20200101T000000Z.rdb", "redis-notes.rdb", "notes"]
    for name in [*OLD, *others]:
        (folder(pod) / name).write_text("x")
    code, output = backup(pod, REDIS_BACKUP_KEEP="3")
    expect(code == 0, output)
    found = [name for name in copies(pod) if name not in others]
    expect(found[:2] == OLD[3:] and len(found) == 3, f"{found}: {output}")
    expect(set(others) <= set(os.listdir(folder(pod))), f"{os.listdir(folder(pod))}")
    expect(output.count("removes redis-2020") == 3, output)


@check("C33 nothing is removed when a copy fails")
def kept_on_failure(lab):
    pod = lab.set(1, ON)[0].start().wait_ready()
    for name in OLD:
        (folder(pod) / name).write_text("x")
    pod.stop()
    fails(pod, "pod 0: ", OLD, REDIS_BACKUP_KEEP="2")


@check("C33 interrupted: it says so and leaves nothing; killed: the next one clears up what is no longer worked on")
def interrupted(lab):
    pod = lab.set(1, ON)[0].start().wait_ready()
    fill(pod, 50)
    kept = works(pod)[0]
    slow(pod, seconds=20)
    process = begun(pod)
    saving(pod)
    process.send_signal(signal.SIGTERM)
    until(lambda: process.poll() is not None, "it does not end")
    output = (lab.folder / "backup.log").read_text()
    expect(process.returncode == 1 and "interrupted by a signal" in output, f"{process.returncode}: {output}")
    expect(copies(pod) == [kept.name] and rest(pod) == [], f"in the folder: {os.listdir(folder(pod))}")
    pod.redis("CONFIG", "SET", "rdb-key-save-delay", "0")
    with contextlib.suppress(Exception):
        until(lambda: pod.info("rdb_bgsave_in_progress") == "0", "", 30)
    # One that was killed: what it left is no backup, and goes when it is older than any copy may take.
    (folder(pod) / ".redis-20200101T000000Z.rdb.1.partial").write_text("x")
    (folder(pod) / ".redis-20200102T000000Z.rdb.2.partial").write_text("x")
    os.utime(folder(pod) / ".redis-20200101T000000Z.rdb.1.partial", (1, 1))
    code, output = backup(pod)
    expect(code == 0 and len(copies(pod)) == 2, output)
    expect(rest(pod) == [".redis-20200102T000000Z.rdb.2.partial"], f"{rest(pod)}")


@check("C33 a save that takes too long: said, and nothing is left")
def too_long(lab):
    pod = lab.set(1, ON)[0].start().wait_ready()
    fill(pod, 50)
    slow(pod, seconds=30)
    fails(pod, "the copy was not there after 2 s", REDIS_BACKUP_SECONDS="2")


@check("C33 no password, a wrong one, no Redis, no folder: each is said")
def reasons(lab):
    pod = lab.set(1, ON, password=b"pw")[0].start().wait_ready()
    wrong = pod.folder / "wrong"
    wrong.write_bytes(b"nonsense")
    fails(pod, "the Secret or its key (a/b) does not exist", REDIS_PASSWORD_FILE="/nonexistent", REDIS_SECRET="a/b")
    fails(pod, "AUTH", REDIS_PASSWORD_FILE=str(wrong))
    fails(pod, "NOAUTH", REDIS_PASSWORD_FILE="")
    fails(pod, "REDIS_SET is not set", REDIS_SET="")
    fails(pod, "must be numbers", REDIS_BACKUP_KEEP="x")
    fails(pod, "must be above 0", REDIS_BACKUP_KEEP="0")
    code, output = backup(pod, REDIS_BACKUP_DIR=str(lab.folder / "none"))
    expect(code == 1 and "is no folder that can be written to" in output, output)
    pod.stop()
    fails(pod, "refused")


@check("C33 the password is on no command line while a copy is taken")
def secret(lab):
    word = b"never-to-be-seen-8gB"
    pod = lab.set(1, ON, password=word)[0].start().wait_ready()
    fill(pod, 50)
    slow(pod)
    process = begun(pod)
    saving(pod)
    for number in filter(str.isdigit, os.listdir("/proc")):
        with contextlib.suppress(OSError):
            with open(f"/proc/{number}/cmdline", "rb") as line:
                expect(word not in line.read(), "on a command line")
    until(lambda: process.poll() is not None, "it does not end", 60)
    expect(word.decode() not in (lab.folder / "backup.log").read_text(), "in the log")
