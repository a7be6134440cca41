#!/usr/bin/env python3
"""What generated scripts do to real Redis servers, with clients that write all the while.

    checks.py SCRIPTS CHECK [BUILDS]

SCRIPTS is a folder with PROCEDURE.sh of every procedure, for release `redis` in namespace `prod` with the Secret `auth`,
CHECK the name of a check below. `kubectl`, `helm` and `redis-cli` are standin.py. BUILDS has VERSION/redis-server of other
versions. Ends with 0 when all was as it must be; 3 when a version that it needs is not there.
"""
import glob
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time

HERE = pathlib.Path(__file__).resolve().parent
PASSWORD = "old-password-of-the-lab"
NEW_PASSWORD = "new-$(password)-'of'-the-lab"
REAL_CLI = shutil.which("redis-cli")
LONGEST_SECONDS = 240


class Failed(Exception):
    pass


def must(is_so, text):
    if not is_so:
        raise Failed(text)


class Lab:
    def __init__(self, scripts, builds):
        self.scripts = pathlib.Path(scripts).resolve()
        self.world = pathlib.Path(tempfile.mkdtemp(prefix="ops-"))
        (self.world / "bin").mkdir()
        for name in ("kubectl", "helm", "redis-cli"):
            shutil.copy(HERE / "standin.py", self.world / "bin" / name)
            (self.world / "bin" / name).chmod(0o755)
        version = subprocess.run(["redis-server", "--version"], capture_output=True, text=True).stdout
        self.own = re.search(r"v=([0-9.]+)", version)[1]
        self.binaries = {self.own: shutil.which("redis-server")}
        for path in glob.glob(f"{builds}/*/redis-server"):
            self.binaries[pathlib.Path(path).parent.name] = path
        space = self.world / "bin" / "new-space"
        space.write_text(f"#!/bin/sh\nexec {sys.executable} {__file__} --new-space {self.world} \"$@\"\n")
        space.chmod(0o755)
        self.environment = {**os.environ, "WORLD": str(self.world), "REAL_CLI": REAL_CLI, "NEW_SPACE": str(space),
                            "BINARIES": ";".join(f"{name}={path}" for name, path in self.binaries.items()),
                            "PATH": f"{self.world}/bin:{os.environ['PATH']}"}
        sys.path.insert(0, str(HERE))

    def need(self, version):
        if version not in self.binaries:
            print(f"no Redis {version} at hand")
            sys.exit(3)

    def space(self, name, pods, image, settings="appendonly yes\nsave \"\""):
        import json
        folder = self.world / name
        folder.mkdir(exist_ok=True)
        services = {"redis": "redis-0", "redis-master": "redis-0", "redis-read": "redis-0", "redis-read-1": "redis-1"}
        old = json.loads((folder / "state.json").read_text()) if (folder / "state.json").exists() else {}
        state = {"secret": PASSWORD, **old, "replicas": pods, "services": services, "image": image,
                 "revisions": [{"status": "deployed", "image": image}]}
        (folder / "state.json").write_text(json.dumps(state))
        first = None
        for ordinal in range(pods):
            pod = folder / f"redis-{ordinal}"
            pod.mkdir(exist_ok=True)
            with socket.socket() as probe:
                probe.bind(("127.0.0.1", 0))
                port = probe.getsockname()[1]
            first = first or port
            (pod / "port").write_text(str(port))
            (pod / "settings").write_text(settings)
            (pod / "binary").write_text(self.binaries[image.split(":")[1]])
            (pod / "role").write_text("" if ordinal == 0 else f"127.0.0.1 {first}")
            self.start(name, pod)
        for ordinal in range(1, pods):
            self.wait(lambda: "master_link_status:up" in self.ask(f"redis-{ordinal}", "info", "replication", space=name), "a link")

    def start(self, name, pod):
        """As the stand-in does."""
        import json
        secret = json.loads((self.world / name / "state.json").read_text())["secret"]
        (pod / "password").write_text(secret)
        (pod / "secret").write_text(secret)
        role = (pod / "role").read_text().split()
        (pod / "vol").mkdir(exist_ok=True)
        conf = f"port {(pod / 'port').read_text()}\ndir {pod}/vol\npidfile {pod}/pid\nlogfile {pod}/log\ndaemonize yes\n"
        conf += f"{(pod / 'settings').read_text()}\nrequirepass {secret}\nmasterauth {secret}\n"
        if role:
            conf += f"replicaof {role[0]} {role[1]}\n"
        (pod / "redis.conf").write_text(conf)
        subprocess.run([(pod / "binary").read_text(), str(pod / "redis.conf")], check=True, stdout=subprocess.DEVNULL)
        self.wait(lambda: "PONG" in self.ask(pod.name, "ping", space=name), f"{pod}")

    def wait(self, is_so, what, seconds=60):
        end = time.monotonic() + seconds
        while not is_so():
            must(time.monotonic() < end, f"it did not come to pass in {seconds} s: {what}")
            time.sleep(0.1)

    def port(self, pod, space="prod"):
        return (self.world / space / pod / "port").read_text()

    def ask(self, pod, *words, space="prod", password=None):
        environment = {**os.environ, "REDISCLI_AUTH": password or (self.world / space / pod / "password").read_text()}
        done = subprocess.run([REAL_CLI, "-p", self.port(pod, space), *words], capture_output=True, text=True, env=environment)
        return done.stdout.replace("\r", "").strip()

    def run(self, procedure, *words, given="", code=0):
        # Through an open file, not a pipe: what a script leaves unread must stop nobody.
        with tempfile.TemporaryFile("w+") as stdin:
            stdin.write(given)
            stdin.seek(0)
            done = subprocess.run(["sh", str(self.scripts / f"{procedure}.sh"), *words], stdin=stdin, capture_output=True, text=True,
                                  env=self.environment, cwd=self.world, timeout=LONGEST_SECONDS)
        said = done.stdout + done.stderr
        must(done.returncode == code, f"{procedure} {words} left with {done.returncode}, expected {code}:\n{said}")
        for secret in (PASSWORD, NEW_PASSWORD):
            must(secret not in said, f"{procedure} shows a password:\n{said}")
            must(secret not in self.calls(), f"{procedure} has a password in a call")
        return said

    def calls(self):
        file = self.world / "calls"
        return file.read_text() if file.exists() else ""

    def state(self, space="prod"):
        import json
        return json.loads((self.world / space / "state.json").read_text())

    def fail(self, pattern, said):
        (self.world / "fail").write_text(f"{pattern}\n{said}\n")

    def heal(self):
        (self.world / "fail").unlink()

    def close(self):
        for file in self.world.glob("*/*/pid"):
            try:
                os.kill(int(file.read_text()), signal.SIGKILL)
            except (ProcessLookupError, ValueError):
                pass
        shutil.rmtree(self.world, ignore_errors=True)


class Writer(threading.Thread):
    """A client that writes numbers to where the Service leads, and remembers what was acknowledged, and where."""

    def __init__(self, lab, space="prod", service="redis", passwords=lambda: PASSWORD):
        super().__init__(daemon=True)
        self.lab, self.space, self.service, self.passwords = lab, space, service, passwords
        self.acknowledged, self.refused, self.others, self.going = [], [], [], True
        self.start()

    def pod(self):
        target = self.lab.state(self.space)["services"][self.service]
        found = re.fullmatch(r"([a-z0-9-]+)\.([a-z0-9-]+)\.svc.*", target)
        if found:
            return found[2], self.lab.state(found[2])["services"][found[1]]
        return self.space, target

    def run(self):
        number, link, at = 0, None, None
        while self.going:
            number += 1
            try:
                here = self.pod()
                if link is None or here != at:
                    if link:
                        link.close()
                    at = here
                    port = int((self.lab.world / at[0] / at[1] / "port").read_text())
                    link = socket.create_connection(("127.0.0.1", port), timeout=15)
                    reply = self.say(link, "AUTH", self.passwords())
                    if not reply.startswith("+OK"):
                        self.refused.append((time.monotonic(), reply))
                reply = self.say(link, "SET", f"n:{number}", str(number))
                if reply.startswith("+OK"):
                    self.acknowledged.append((number, at))
                else:
                    self.others.append((number, at, reply))
                    if "NOAUTH" in reply or "WRONGPASS" in reply:
                        self.refused.append((time.monotonic(), reply))
                    link.close()
                    link = None
            except (OSError, ValueError, KeyError, FileNotFoundError) as error:
                self.others.append((number, at, str(error)))
                link = None
            time.sleep(0.005)

    @staticmethod
    def say(link, *words):
        link.sendall(b"*%d\r\n" % len(words) + b"".join(b"$%d\r\n%s\r\n" % (len(word.encode()), word.encode()) for word in words))
        reply = b""
        while not reply.endswith(b"\r\n"):
            part = link.recv(4096)
            if not part:
                raise OSError("closed")
            reply += part
        return reply.decode(errors="replace")

    def end(self):
        self.going = False
        self.join(30)
        must(len(self.acknowledged) > 20, f"only {len(self.acknowledged)} writes: {self.others[-3:]}")

    def missing(self, pod, space="prod", only=None):
        """Numbers that were acknowledged and are not there."""
        wanted = [number for number, at in self.acknowledged if only is None or at == only]
        names = [f"n:{number}" for number in wanted]
        has = []
        for first in range(0, len(names), 500):
            # redis-cli prints an empty line for nil.
            has += self.lab.ask(pod, "eval", "local r={} for i,k in ipairs(KEYS) do r[i]=redis.call('get',k) or '-' end return table.concat(r,' ')",
                                str(len(names[first:first + 500])), *names[first:first + 500], space=space).split()
        return [number for number, value in zip(wanted, has) if value != str(number)]


CHECKS = {}


def check(function):
    CHECKS[function.__name__] = function
    return function


@check
def planned_failover_loses_nothing(lab, by="auto"):
    lab.space("prod", 3, f"redis:{lab.own}")
    writer = Writer(lab)
    time.sleep(1)
    said = lab.run("failover", "--pod", "redis-2", "--by", by, "--yes")
    time.sleep(1)
    writer.end()
    must("nothing that was acknowledged is lost" in said, said)
    must("helm upgrade redis CHART -n prod --reset-then-reuse-values --set replication.masterOrdinal=2" in said, said)
    must(lab.ask("redis-2", "role").startswith("master"), "redis-2 is no master")
    for pod in ("redis-0", "redis-1"):
        must("slave" in lab.ask(pod, "role"), f"{pod} is no replica")
        must(lab.ask(pod, "config", "get", "min-replicas-to-write").endswith("0"), f"{pod} still refuses writes")
    must(lab.state()["services"]["redis"] == "redis-2" and lab.state()["services"]["redis-master"] == "redis-2", str(lab.state()))
    must(any(at == ("prod", "redis-2") for _, at in writer.acknowledged), f"the writer never came to the new master: {writer.others[-3:]}")
    missing = writer.missing("redis-2")
    must(not missing, f"{len(missing)} of {len(writer.acknowledged)} acknowledged writes are lost: {missing[:5]}")
    print(f"{len(writer.acknowledged)} acknowledged, none lost, {len(writer.others)} refused or cut off")


@check
def failover_by_offset_loses_nothing(lab):
    planned_failover_loses_nothing(lab, by="offset")


@check
def failover_declares_the_master_where_a_chart_is_given(lab):
    lab.space("prod", 2, f"redis:{lab.own}")
    lab.run("failover", "--yes", "--chart", "chart")
    must("replication.masterOrdinal=1" in lab.state()["told"], str(lab.state()["told"]))


@check
def promotion_with_a_master_that_answers_loses_nothing(lab):
    lab.space("prod", 3, f"redis:{lab.own}")
    writer = Writer(lab)
    time.sleep(1)
    said = lab.run("promote", "--pod", "redis-1", "--yes")
    time.sleep(1)
    writer.end()
    must("nothing will be lost" in said, said)
    missing = writer.missing("redis-1")
    must(not missing, f"{len(missing)} lost: {missing[:5]}")
    must(any(at == ("prod", "redis-1") for _, at in writer.acknowledged), "nobody wrote to the new master")
    must("slave" in lab.ask("redis-0", "role") and "slave" in lab.ask("redis-2", "role"), "a pod does not follow")
    print(f"{len(writer.acknowledged)} acknowledged, none lost")


@check
def promotion_after_the_master_died_says_what_may_be_lost(lab):
    lab.space("prod", 3, f"redis:{lab.own}")
    writer = Writer(lab)
    time.sleep(1)
    os.kill(int((lab.world / "prod/redis-0/pid").read_text()), signal.SIGKILL)
    (lab.world / "prod/redis-0/pid").unlink()
    time.sleep(1)
    said = lab.run("promote", "--yes", code=1)
    new = re.search(r"ok: (redis-\d) is master", said)[1]
    time.sleep(1)
    writer.end()
    must(said.index("MAY BE LOST") < said.index("== 4."), said)
    must("redis-0 did not answer: when it is back it must follow" in said, said)
    after = [number for number, at in writer.acknowledged if at == ("prod", new)]
    must(len(after) > 10, "nobody wrote to the new master")
    missing = writer.missing(new, only=("prod", new))
    must(not missing, f"{len(missing)} of {len(after)} writes after the switch are lost")
    must("slave" in lab.ask("redis-2" if new == "redis-1" else "redis-1", "role"), "the other replica does not follow")
    print(f"{len(after)} acknowledged after the switch, none lost")


@check
def a_replica_without_all_data_is_not_promoted_by_itself(lab):
    lab.space("prod", 3, f"redis:{lab.own}")
    # Cut off from its master, so it falls behind.
    lab.ask("redis-1", "replicaof", "127.0.0.1", "1")
    for number in range(50):
        lab.ask("redis-0", "set", f"k:{number}", "x" * 100)
    said = lab.run("promote", "--pod", "redis-1", code=2)
    must("WILL BE LOST" in said, said)
    must("there is no terminal to confirm it at" in said and "now: nothing was changed" in said, said)
    must(lab.ask("redis-0", "role").startswith("master"), "something was done")
    # Left to itself it takes the pod with the data.
    said = lab.run("promote", "--yes")
    must("ok: redis-2 is master" in said, said)
    must(lab.ask("redis-1", "dbsize") == lab.ask("redis-2", "dbsize"), "redis-1 has not all data")


@check
def resync_follows_and_never_an_empty_master(lab):
    lab.space("prod", 2, f"redis:{lab.own}")
    lab.ask("redis-0", "set", "key", "value")
    lab.ask("redis-1", "replicaof", "no", "one")
    lab.ask("redis-1", "set", "other", "1")
    lab.run("resync", "--pod", "redis-1", "--yes")
    must(lab.ask("redis-1", "keys", "*") == "key", lab.ask("redis-1", "keys", "*"))
    lab.run("resync", "--pod", "redis-1", "--full", "yes", "--yes")
    lab.ask("redis-1", "replicaof", "no", "one")
    lab.ask("redis-0", "flushall")
    said = lab.run("resync", "--pod", "redis-1", "--yes", code=2)
    must("would throw the data away" in said, said)
    must(lab.ask("redis-1", "get", "key") == "value", "the data are gone")


@check
def rotation_refuses_nobody_beyond_the_restart(lab):
    lab.space("prod", 3, f"redis:{lab.own}")
    # A client that reads the Secret whenever it connects, as a mounted file is read.
    writer = Writer(lab, passwords=lambda: lab.state()["secret"])
    # One that has the old password until it is told.
    old = Writer(lab, passwords=lambda: PASSWORD)
    time.sleep(1)
    said = lab.run("rotate-password", "--restart", "no", "--yes", given=f"{NEW_PASSWORD}\n")
    must("both passwords are taken" in said, said)
    time.sleep(1)
    must(not writer.refused and not old.refused, f"refused: {writer.refused[:2]} {old.refused[:2]}")
    for password in (PASSWORD, NEW_PASSWORD):
        must(lab.ask("redis-1", "ping", password=password) == "PONG", "a password is not taken")
    old.end()
    # Again, now to the end: servers and Secret have it already.
    said = lab.run("rotate-password", "--yes", given=f"{NEW_PASSWORD}\n")
    must("the Secret has this password already" in said, said)
    third = "third-password-of-the-lab"
    said = lab.run("rotate-password", "--yes", given=f"{third}\n")
    must(third not in said and third not in lab.calls(), "a password is shown")
    time.sleep(1)
    writer.end()
    must(not writer.refused, f"a client that reads the Secret was refused: {writer.refused[:3]}")
    must(lab.ask("redis-0", "ping", password=third) == "PONG", "the new password is not taken")
    must(lab.ask("redis-0", "ping", password=NEW_PASSWORD) != "PONG", "the old password is still taken")
    must("master_link_status:up" in lab.ask("redis-2", "info", "replication", password=third), "no link")
    print(f"{len(writer.acknowledged)} acknowledged, {len(writer.others)} cut off by restarts, none refused")


@check
def a_step_that_fails_says_what_state_things_are_in(lab):
    lab.space("prod", 2, f"redis:{lab.own}")
    lab.fail("patch service", "Error from server (Forbidden): services is forbidden")
    said = lab.run("failover", "--yes", code=2)
    must("failed: let the Services lead to it" in said and "services is forbidden" in said, said)
    must("now: the new master is master" in said and "next: " in said, said)
    must("== 5" not in said, f"a later step ran: {said}")
    lab.heal()
    lab.fail("patch secret", "Error from server: etcdserver: request timed out")
    said = lab.run("rotate-password", "--yes", given=f"{NEW_PASSWORD}\n", code=2)
    must("etcdserver" in said and "every server takes both passwords; the Secret may have the old one" in said, said)
    lab.heal()
    lab.run("rotate-password", "--yes", given=f"{NEW_PASSWORD}\n")
    must(lab.ask("redis-0", "ping", password=NEW_PASSWORD) == "PONG", "the new password is not taken")
    said = lab.run("promote", "--release", "other", "--yes", code=2)
    must("not found" in said and "now: nothing was changed" in said, said)


@check
def checks_before_and_after_give_a_verdict(lab):
    lab.space("prod", 2, f"redis:{lab.own}")
    lab.ask("redis-0", "set", "key", "value")
    said = lab.run("pre-upgrade-check", "--to", "7.4.1")
    must("verdict: GO" in said and "helm rollback would not keep the data" in said, said)
    said = lab.run("pre-upgrade-check", "--to", "6.2.7", code=1)
    must("verdict: NO-GO" in said and "starts empty, without an error" in said, said)
    said = lab.run("post-upgrade-check", "--expect", lab.own, "--keys-before", "1")
    must("verdict: GO" in said, said)
    said = lab.run("post-upgrade-check", "--expect", "7.4.1", "--keys-before", "100", code=1)
    must("expected 7.4.1" in said and "before it were 100" in said, said)
    lab.ask("redis-1", "replicaof", "127.0.0.1", "1")
    said = lab.run("pre-upgrade-check", code=1)
    must("redis-1 has no link to its master" in said and "verdict: NO-GO" in said, said)


@check
def a_rolling_upgrade_keeps_every_key_and_the_way_back_is_refused(lab):
    lab.need("7.4.1")
    lab.space("prod", 3, f"redis:{lab.own}")
    for number in range(100):
        lab.ask("redis-0", "set", f"k:{number}", "value")
    said = lab.run("upgrade-rolling", "--chart", "chart", "--image-tag", "7.4.1", "--backup-dir", "backups", "--yes")
    must("verdict: GO" in said and "runs Redis 7.4.1" in said and "backup: backups/" in said, said)
    must(int(lab.ask("redis-0", "dbsize")) >= 100, "keys are gone")
    said = lab.run("rollback", "--backup-dir", "backups", "--yes", code=2)
    must("does not start on what Redis 7.4.1 wrote (Can't handle RDB format version 12)" in said, said)
    must("the way back does not keep the data" in said and "nothing was done" in said, said)
    must("rollback" not in lab.calls().replace("upgrade-rollback", ""), "helm rollback was called")
    must(int(lab.ask("redis-0", "dbsize")) >= 100, "keys are gone")
    # The backup of before, put back under the old version.
    backup = next((lab.world / "backups/prod/redis").iterdir())
    said = lab.run("upgrade-dump-restore", "--chart", "chart", "--image-tag", lab.own, "--file", str(backup), "--backup-dir", "backups", "--yes")
    must("verdict: GO" in said, said)
    must(lab.ask("redis-0", "info", "server").find(f"redis_version:{lab.own}") > 0, "not the old version")
    lab.wait(lambda: lab.ask("redis-2", "get", "k:7") == "value", "the replica to have the data")


@check
def a_rollback_that_keeps_the_data_says_so_and_does(lab):
    lab.need("7.2.6")
    lab.need("7.4.1")
    lab.space("prod", 1, "redis:7.2.6")
    lab.ask("redis-0", "set", "key", "value")
    said = lab.run("upgrade-in-place", "--chart", "chart", "--image-tag", "7.4.1", "--backup-dir", "backups", "--yes")
    must("verdict: GO" in said, said)
    lab.run("upgrade-in-place", "--chart", "chart", "--image-tag", "7.4.1", "--backup-dir", "backups", "--yes")
    said = lab.run("rollback", "--revision", "2", "--take-backup", "no", "--yes")
    must("the way back keeps the data" in said and lab.ask("redis-0", "get", "key") == "value", said)


@check
def blue_green_cuts_over_and_comes_back(lab, new=None):
    lab.space("prod", 2, f"redis:{lab.own}")
    for number in range(200):
        lab.ask("redis-0", "set", f"k:{number}", "value")
    writer = Writer(lab)
    time.sleep(1)
    said = lab.run("upgrade-blue-green", "--chart", "chart", "--image-tag", new or lab.own, "--yes")
    time.sleep(1)
    must("verdict: GO" in said, said)
    must(lab.ask("redis-0", "role", space="prod-green").startswith("master"), "green is no master")
    must("NOREPLICAS" in lab.ask("redis-0", "set", "late", "1"), "blue takes writes")
    must(any(at[0] == "prod-green" for _, at in writer.acknowledged), f"the writer never came to green: {writer.others[-3:]}")
    missing = writer.missing("redis-0", space="prod-green")
    must(not missing, f"{len(missing)} acknowledged writes are not in green: {missing[:5]}")
    if new:
        said = lab.run("upgrade-blue-green-back", "--yes", code=2)
        must("WILL BE LOST" in said and "--lose-writes yes" in said, said)
        lab.run("upgrade-blue-green-back", "--lose-writes", "yes", "--yes")
    else:
        said = lab.run("upgrade-blue-green-back", "--yes")
        must("nothing will be lost" in said, said)
    time.sleep(1)
    writer.end()
    must(lab.ask("redis-0", "set", "late", "1") == "OK", "blue takes no writes")
    if not new:
        missing = writer.missing("redis-0")
        must(not missing, f"{len(missing)} acknowledged writes are lost on the way back: {missing[:5]}")
    print(f"{len(writer.acknowledged)} acknowledged")


@check
def blue_green_to_a_newer_version_says_what_the_way_back_loses(lab):
    lab.need("7.4.1")
    blue_green_cuts_over_and_comes_back(lab, new="7.4.1")


def main():
    if sys.argv[1] == "--new-space":
        world, name, image = sys.argv[2:]
        lab = Lab.__new__(Lab)
        lab.world = pathlib.Path(world)
        lab.binaries = dict(part.split("=", 1) for part in os.environ["BINARIES"].split(";"))
        lab.space(name, 2, image)
        return
    scripts, name = sys.argv[1:3]
    lab = Lab(scripts, sys.argv[3] if len(sys.argv) > 3 else "")
    try:
        CHECKS[name](lab)
    except (Failed, subprocess.TimeoutExpired) as failed:
        print(f"{name}: {failed}")
        sys.exit(1)
    finally:
        lab.close()


main()
