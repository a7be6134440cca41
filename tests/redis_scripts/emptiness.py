"""Checks: an empty master wipes no replica."""
import time

from common import MASTER, REPLICA, check, cluster, fill, in_step, roles, upgrade
from lab import expect, until


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
