"""Checks: what redis.conf may look like, and which of the data files is read."""
import time

from common import check, fill
from lab import expect, until


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


@check("C29 every variable that the chart sets for the scripts is explained in a script's head")
def variables(lab):
    rendered = lab.render("mode=replica", "redis.password=x", "metrics.enabled=true")
    heads = "\n".join(line for text in rendered.scripts.values() for line in text.splitlines() if line.startswith("#   "))
    explained = {line.split()[1] for line in heads.splitlines()}
    found = set()
    for each in rendered.objects:
        spec = each.get("spec") or {}
        pod = spec if each["kind"] == "Pod" else (spec.get("template") or {}).get("spec") or {}
        for container in (pod.get("containers") or []) + (pod.get("initContainers") or []):
            found |= {variable["name"] for variable in container.get("env") or []}
    expect({"REDIS_MODE", "REDIS_PODS", "POD_NAME"} <= found, f"the chart sets only {sorted(found)}")
    expect(found <= explained, f"set, and explained nowhere: {sorted(found - explained)}")


@check("C36 the chart's redis.conf is in force: log, snapshots, memory")
def conf_default(lab):
    pod = lab.set(1)[0].start().wait_ready()
    want = {"appendonly": b"yes", "appendfsync": b"everysec", "save": b"900 1 300 10 60 10000"}
    want["dir"] = str(pod.data).encode()
    for name, value in want.items():
        found = pod.redis("CONFIG", "GET", name)[1]
        expect(found == value, f"{name} is {found}")


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
