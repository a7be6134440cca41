"""Checks: who is master, after whatever happened, and that no acknowledged write is lost for it."""
import contextlib
import threading
import time

from common import MASTER, REPLICA, check, cluster, fill, in_step, roles, upgrade
from lab import Failed, RedisError, expect, until


@check("C13 replication links come up, with a password of every byte")
def links(lab):
    pods = cluster(lab, password=bytes(range(1, 256)))
    roles(pods, pods[0])
    expect("starts as master" in pods[0].said and "follows pod 0" in pods[1].said, f"{pods[0].said} / {pods[1].said}")
    found = {pods[0].info(f"slave{n}").split(",")[0] for n in range(2)}
    expect(found == {"ip=localhost"}, f"replicas announce {found}")


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
            pod.redis("REPLICAOF", "localhost", new.port)
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
    pods[2].redis("REPLICAOF", "localhost", pods[1].port)
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
            expect(any("handed over" in pod.said for pod in pods), "no pod says that it handed over")
            until(lambda: len(writer.acknowledged) > before + 50, "the writer does not get on")
            all_there(pods[master], writer.acknowledged[:before])
    finally:
        numbers = writer.end()
    for pod in pods:
        until(lambda: pod.redis("DBSIZE") == pods[2].redis("DBSIZE"), f"pod {pod.ordinal} is behind")
        all_there(pod, numbers)
        expect(not list(pod.data.glob("kept-*")), f"pod {pod.ordinal} kept files aside although nothing was at stake")


@check("B21 values that go back before the rollout is through lead back to the old master, which did not restart")
def rollout_interrupted(lab):
    pods = cluster(lab)
    for sets in ((*REPLICA, MASTER[1]), (*REPLICA, MASTER[0])):
        for pod in (pods[2], pods[1]):
            pod.sets = sets
            pod.stop()
            pod.start().wait_ready()
    roles(pods, pods[0])
    in_step(pods, 100)


@check("B21 a pod that is stopped in the second after it took over still knows that the values made it master")
def stopped_after_taking_over(lab):
    pods = cluster(lab)
    for pod in (pods[2], pods[1]):
        pod.sets = (*REPLICA, MASTER[1])
        pod.stop()
        pod.start().wait_ready()
    # As it is before settle.sh looks again.
    (pods[1].folder / "run/handing-over").write_text("take\n")
    (pods[1].data / "replication.state").write_text("settled=0\nrole=slave\nfollowing=\nfollowers=\n")
    for pod in (pods[2], pods[1]):
        pod.sets = (*REPLICA, MASTER[0])
        pod.stop()
        pod.start().wait_ready()
    roles(pods, pods[0])
    in_step(pods, 100)


@check("B21 a replica with a replica of its own does not become master while the master restarts")
def chain(lab):
    pods = cluster(lab)
    pods[2].redis("REPLICAOF", "localhost", pods[1].port)
    for pod in pods:
        pod.wait_ready()
    pods[0].stop()
    pods[1].stop()
    pods[1].start()
    until(lambda: pods[1].redis("PING"), "no start")
    expect(pods[1].role == "slave", f"it made itself master: {pods[1].said}")
    pods[0].start().wait_ready()
    pods[1].wait_ready()
    expect(pods[0].role == "master" and pods[1].role == "slave", f"{pods[0].said} {pods[1].said}")


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
        pod.extra["REDIS_PEERS"] = f"localhost:{pods[0].port} localhost:{pods[1].port} redis-2..nowhere:{pods[2].port}"
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
