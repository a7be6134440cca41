"""Checks: TLS and users. Every script works with them as without, and nobody else comes in."""
import contextlib
import subprocess

from common import MASTER, REPLICA, check, cluster, fill, in_step, roles, upgrade
from lab import Client, Failed, RedisError, expect, until
from probing import hook

TLS = ("tls.enabled=true", "tls.existingSecret=redis-tls")
ACL = ("acl.enabled=true", "acl.existingSecret=redis-acl", "redis.existingSecret=redis-auth")
OPS = (*ACL, "acl.user=ops")
SECRET = b"pass 'word\" #1\n"
APP = b"user app on >app ~app:* +@all -@dangerous\n"


def stays_out(what, connect):
    with contextlib.suppress(RedisError, OSError):
        connect()
        raise Failed(f"{what} comes in")


@check("C31 one pod over TLS alone: probes, test hook and stop work, and no port is left without it")
def tls_single(lab):
    pod = lab.set(1, *TLS, password=SECRET)[0].start().wait_ready()
    for name in ("startup.sh", "live.sh", "ready.sh"):
        code, output = pod.script(name)
        expect(code == 0, f"{name}: {output}")
    code, output = hook([pod])
    expect(code == 0 and "all passed" in output, output)
    fill(pod, 10)
    password = SECRET.rstrip(b"\n")
    stays_out("a client without TLS", lambda: Client(pod.port, password)("PING"))
    stays_out("a client at the plain port", lambda: Client(pod.plain_ports[0], password)("PING"))
    pod.stop()
    pod.start().wait_ready()
    expect(pod.redis("DBSIZE") == 10, "keys are lost")


@check("C31 clients show a certificate of the authority: required, optional, none")
def tls_clients(lab):
    for word, without, stranger in (("required", False, False), ("optional", True, False), ("none", True, True)):
        pod = lab.set(1, *TLS, f"tls.authClients={word}")[0].start().wait_ready()
        for who, comes_in in ((None, without), ("stranger", stranger), ("tls", True)):
            seen = False
            with contextlib.suppress(OSError):
                seen = Client(pod.port, tls=lab.tls(who))("PING") == b"PONG"
            expect(seen == comes_in, f"{word}, and a client with the certificate {who}: {seen}")
        pod.stop()


@check("C31 replicas follow over TLS, a handover to another master and a restart lose nothing")
def tls_replicas(lab):
    sets = (*REPLICA, *TLS)
    pods = cluster(lab, *sets, MASTER[0], password=b"pw")
    roles(pods, pods[0])
    code, output = hook(pods)
    expect(code == 0 and "pod 2 (slave) has the key" in output, output)
    upgrade(pods, *sets, MASTER[1])
    roles(pods, pods[1])
    in_step(pods, 100)
    for pod in pods:
        stays_out("a client without TLS", lambda: Client(pod.port, b"pw")("PING"))


@check("C31 a master that restarts beside its replica counts its own keys though the server that does has no TLS")
def tls_counting(lab):
    pods = cluster(lab, *REPLICA, *TLS, MASTER[0], password=b"pw", count=2, keys=5)
    pods[0].stop()
    pods[0].start().wait_ready()
    roles(pods, pods[0])
    in_step(pods, 5)


@check("C31 TLS comes in three steps, pod by pod: every pod has its master all the time, and nothing is lost")
def tls_steps(lab):
    sets = (*REPLICA, MASTER[0])
    pods = cluster(lab, *sets, password=b"pw")
    both = (*sets, *TLS, "tls.plain=true")
    for step in ((*both, "tls.replication=false"), both, (*sets, *TLS)):
        upgrade(pods, *step)
        roles(pods, pods[0])
        in_step(pods, 100)
        plain = pods[0].plain_ports[0]
        if "tls.plain=true" in step:
            expect(Client(plain, b"pw")("PING") == b"PONG", f"{step}: no plain port")
            expect(Client(pods[0].tls_ports[0], b"pw", tls=lab.tls())("PING") == b"PONG", f"{step}: no TLS port")
        else:
            stays_out("a client at the plain port", lambda: Client(plain, b"pw")("PING"))


@check("C31 a Secret without the certificate or its key is refused with its name and the values")
def tls_missing(lab):
    pod = lab.set(1, *TLS, env={"REDIS_TLS_DIR": str(lab.folder / "none")})[0].start()
    expect(pod.exited() not in (None, 0), f"it did not refuse: {pod.said}")
    expect("there is no tls.crt: the Secret redis-tls" in pod.said and "tls.certKey" in pod.said, pod.said)


@check("C31 people in the pod say redis-cli and get TLS and the user")
def tls_people(lab):
    pod = lab.set(1, *TLS, *OPS, password=b"pw", env={"users.acl": APP})[0].start().wait_ready()
    command = ["redis-cli", "-p", str(pod.port), "acl", "whoami"]
    env = {**pod.env, "REDISCLI_AUTH": "pw"}
    done = subprocess.run(command, env=env, capture_output=True, text=True, timeout=60, executable=f"{pod.folder}/secure/redis-cli")
    expect(done.stdout == "ops\n", done.stdout + done.stderr)
    # As another user, with that one's password.
    env["REDISCLI_AUTH"] = "app"
    command[1:1] = ["--user", "app"]
    done = subprocess.run(command, env=env, capture_output=True, text=True, timeout=60, executable=f"{pod.folder}/secure/redis-cli")
    expect("app" in done.stdout or "NOPERM" in done.stdout, done.stdout + done.stderr)


@check("C32 users of a file: the scripts' own user is added, the default one is off, and everything works")
def acl_single(lab):
    pod = lab.set(1, *OPS, password=SECRET, env={"users.acl": APP})[0].start().wait_ready()
    for name in ("startup.sh", "live.sh", "ready.sh"):
        code, output = pod.script(name)
        expect(code == 0, f"{name}: {output}")
    expect(pod.redis("ACL", "WHOAMI") == b"ops", "not as ops")
    app = Client(pod.port, b"app", user="app")
    expect(app("SET", "app:1", "x") == b"OK", "app cannot write its keys")
    stays_out("app, to keys of others,", lambda: app("SET", "other", "x"))
    stays_out("app, to CONFIG,", lambda: app("CONFIG", "GET", "*"))
    stays_out("nobody", lambda: Client(pod.port)("PING"))
    stays_out("default", lambda: Client(pod.port, SECRET.rstrip(b"\n"))("PING"))
    code, output = hook([pod])
    expect(code == 0 and "refuses clients without the password" in output, output)
    expect("has no user ops" in pod.said and "no user default: off" in pod.said, pod.said)
    pod.stop()
    pod.start().wait_ready()
    expect(pod.redis("DBSIZE") == 1, "keys are lost")


@check("C32 with the user `default` clients of before keep their password, and those of the file come beside them")
def acl_default(lab):
    pod = lab.set(1, *ACL, password=b"pw", env={"users.acl": APP.rstrip(b"\n") + b"\r\n\r\n"})[0].start().wait_ready()
    expect(Client(pod.port, b"pw")("SET", "a", "b") == b"OK", "default cannot write")
    expect(Client(pod.port, b"app", user="app")("PING") == b"PONG", "app does not come in")
    stays_out("nobody", lambda: Client(pod.port)("PING"))


@check("C32 a file that names the users itself is taken as it is")
def acl_own(lab):
    users = b"user default on >guest ~* +@read\nuser ops on >pw ~* &* +@all\nuser follower on >f +psync +replconf +ping\n"
    pods = cluster(lab, *REPLICA, *OPS, "acl.replicationUser=follower", MASTER[0], password=b"pw", count=2, keys=0,
                   env={"users.acl": users, "follower": b"f\n"})
    expect("added" not in pods[0].said, pods[0].said)
    expect(Client(pods[0].port, b"guest")("GET", "a") is None, "guest cannot read")
    stays_out("guest, to write,", lambda: Client(pods[0].port, b"guest")("SET", "a", "b"))


@check("C32 replicas follow as a user of their own, which may do nothing else, and take over from each other")
def acl_replicas(lab):
    sets = (*REPLICA, *OPS, "acl.replicationUser=follower")
    env = {"users.acl": APP, "follower": b"its own\n"}
    pods = cluster(lab, *sets, MASTER[0], password=b"pw", env=env)
    roles(pods, pods[0])
    follower = Client(pods[0].port, b"its own", user="follower")
    expect(follower("PING") == b"PONG", "follower cannot ping")
    stays_out("follower, to read,", lambda: follower("GET", "key:1"))
    code, output = hook(pods)
    expect(code == 0 and "pod 2 (slave) has the key" in output, output)
    upgrade(pods, *sets, MASTER[2])
    roles(pods, pods[2])
    in_step(pods, 100)


@check("C32 users come in two steps, pod by pod: every pod has its master all the time, and nothing is lost")
def acl_steps(lab):
    sets = (*REPLICA, MASTER[0])
    users = APP + b"user ops on >pw ~* &* +@all\nuser follower on >f +psync +replconf +ping\n"
    pods = cluster(lab, *sets, password=b"pw", env={"users.acl": users, "follower": b"f"})
    for step in ((*sets, *ACL), (*sets, *OPS, "acl.replicationUser=follower")):
        upgrade(pods, *step)
        roles(pods, pods[0])
        in_step(pods, 100)
    for pod in pods:
        stays_out("default", lambda: Client(pod.port, b"pw")("PING"))


@check("C32 a new password of the scripts' user goes through a rolling restart")
def acl_rotation(lab):
    pods = cluster(lab, *REPLICA, *OPS, MASTER[0], password=b"old one", env={"users.acl": APP})
    for pod in pods:
        pod.password = b"new > one\xff"
        (pod.folder / "password").write_bytes(pod.password)
    pods[2].script("stop.sh")
    pods[2].kill()
    pods[2].start()
    for pod in (pods[1], pods[0]):
        expect(pod.ready(), pod.script("ready.sh")[1])
        stays_out("default", lambda: Client(pod.port, b"new > one\xff")("PING"))
    pods[2].wait_ready()
    for pod in (pods[1], pods[0]):
        pod.stop()
        pod.start().wait_ready()
    roles(pods, pods[0])
    in_step(pods, 100)
    for pod in pods:
        stays_out("the old password", lambda: Client(pod.port, b"old one", user="ops")("PING"))


@check("C32 a missing file, a missing password of replication and a file that Redis refuses: said, and no start")
def acl_missing(lab):
    for text, sets, env in (
        ("its key (redis-acl/users.acl) does not exist", OPS, {}),
        ("no password for follower", (*OPS, "acl.replicationUser=follower"), {"users.acl": APP}),
        ("ACL errors", OPS, {"users.acl": b"nonsense\n"}),
    ):
        pod = lab.set(1, *sets, password=b"pw", env=env)[0].start()
        expect(pod.exited() not in (None, 0), f"it did not refuse: {pod.said}")
        expect(text in pod.log, f"{text!r} is not in {pod.log}")


@check("C32 TLS and users together, with replicas")
def both(lab):
    sets = (*REPLICA, *TLS, *OPS, "acl.replicationUser=follower")
    pods = cluster(lab, *sets, MASTER[0], password=SECRET, env={"users.acl": APP, "follower": b"f"})
    code, output = hook(pods)
    expect(code == 0 and "pod 2 (slave) has the key" in output, output)
    until(lambda: pods[1].ready(), "not ready")
    for pod in pods:
        expect(SECRET.strip().decode() not in pod.log, "the password is in the log")
