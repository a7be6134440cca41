"""What the checks share: the list of them, and pods that replicate.

A check takes a `Lab` and gives nothing, or raises `Failed` with what was seen. Its title begins with the id of the
requirement or the bug that it is about.
"""
from lab import expect, until

ALL = []
REPLICA = ("mode=replica",)
MASTER = [f"replication.masterOrdinal={n}" for n in range(3)]


def check(title):
    def keep(function):
        function.title = title
        ALL.append(function)
        return function

    return keep


def fill(pod, count, prefix="key"):
    client = pod.client()
    for n in range(count):
        client("SET", f"{prefix}:{n}", n)
    client.close()


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


def everything_said(pods):
    return "\n".join(f"pod {pod.ordinal}, {pod.role}, start {pod.starts}: {pod.said}" for pod in pods)


def roles(pods, master):
    for pod in pods:
        want = "master" if pod is master else "slave"
        until(lambda: pod.role == want, lambda: f"pod {pod.ordinal} is {pod.role}, not {want}:\n{everything_said(pods)}")
        if pod is not master:
            until(lambda: pod.info("master_link_status") == "up", f"pod {pod.ordinal} has no link")
            # After a takeover the others are pointed to the new master one by one.
            until(
                lambda: pod.info("master_port") == str(master.port),
                lambda: f"pod {pod.ordinal} follows {pod.info('master_port')}, not the master: {pod.said} | {master.said}",
                10,
            )
