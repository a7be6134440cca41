"""What lint reads beyond a render: its configuration, rules, CRDs, scripts, and the reports that it writes."""
import json

from .common import Attack, laughs

CRD = """apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: foos.example.com}
spec:
  group: example.com
  names: {kind: Foo, plural: foos}
  scope: Namespaced
  versions:
  - name: v1
    served: true
    storage: true
    schema: {openAPIV3Schema: %s}
"""
FOO = "apiVersion: example.com/v1\nkind: Foo\nmetadata: {name: a}\nspec: {l: [%s], s: %s}\n"
LIST = ", ".join(str(n) for n in range(2000))
MAP = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {a: b}\n"


def crd(name, schema, spec=None, **more):
    spec = spec or FOO % (LIST, "x" * 2000)
    return Attack(f"CRD: {name}", {"crds/a.yaml": lambda: CRD % json.dumps(schema), "templates/a.yaml": spec}, commands=("lint",), **more)


def cel(name, rule, **more):
    spec = {"type": "object", "properties": {"l": {"type": "array", "items": {"type": "integer"}}, "s": {"type": "string"}}, "x-kubernetes-validations": [{"rule": rule}]}
    return crd(f"CEL {name}", {"type": "object", "properties": {"spec": spec}}, **more)


def config(name, text, **more):
    return Attack(f"config: {name}", {"chartwright.yaml": text, "templates/a.yaml": MAP}, commands=("lint",), **more)


def rule(name, expect, message="no"):
    custom = {"id": "r", "kinds": ["ConfigMap"], "expect": expect, "message": message}
    return config(f"rule {name}", json.dumps({"custom": [custom]}))


def report(name, text):
    files = {"templates/a.yaml": MAP.replace("a: b", "a: b") + "foo: bar\n", "t.jinja": text}
    return Attack(f"report template: {name}", files, args=["--format", "template=c/t.jinja"], commands=("lint",))


FINDINGS = "{{ range until %d }}---\napiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: c{{ . }}\nspec:\n  wrong: 1\n  replicas: x\n  template: {spec: {containers: [{name: a, image: 'a:latest'}, {name: a}]}}\n{{ end }}"
# What minijinja is asked for, in rules and in reports.
ASKS = {
    "a text of 10^9": "'x' * 1000000000", "a list of 10^9": "[1] * 1000000000", "a range of 10^9": "range(1000000000) | list", "ranges in ranges": "range(10000) | map('string') | join(range(10000) | join)",
    "indent of 10^9": "'x' | indent(1000000000)", "a huge power": "9 ** 999999999", "center": "'x' | center(1000000000)", "replace": "('x' * 100000) | replace('x', 'y' * 100000)", "format": "'%1000000000d' | format(1)", "deep brackets": "(" * 50_000 + "1" + ")" * 50_000,
    "deep lists": "[" * 50_000 + "]" * 50_000, "deep not": "not " * 100_000 + "1", "a long sum": "1" + " + 1" * 100_000, "dots": "a" + ".a" * 100_000, "tojson": "object | tojson(indent=1000000000)", "a division by zero": "1 // 0", "batch": "range(9999) | batch(1) | list", "slice": "range(9) | slice(1000000000) | list", "zip": "[1] * 100000000", "join": "(range(10000) | list) | join('x' * 1000000)",
}


def attacks():
    for name, text in {"loops": "self.spec.l.all(a, self.spec.l.all(b, self.spec.l.all(c, self.spec.l.all(d, a + b + c + d >= 0))))", "maps": "self.spec.l.map(a, self.spec.l.map(b, self.spec.l.map(c, [a, b, c]))).size() > 0",
                       "a text that doubles": "[1].map(a, self.spec.s)" + ".map(s, s + s)" * 60 + ".size() > 0", "lists that double": "[self.spec.l]" + ".map(l, l + l)" * 60 + ".size() > 0", "brackets": "(" * 20_000 + "true" + ")" * 20_000, "not": "!" * 100_000 + "true", "a long sum": "1" + "+1" * 50_000 + " > 0", "conditions": "true ? " * 20_000 + "true" + ": false" * 20_000,
                       "matches": "self.spec.s.matches('(x+x+)+y')", "a huge regex": "self.spec.s.matches('(((x{100}){100}){100}){100}')", "regex in loops": "self.spec.l.all(a, self.spec.s.matches('(x|xx)*y'))", "replace": "self.spec.s.replace('', self.spec.s).replace('', self.spec.s).replace('', self.spec.s).size() > 0", "overflow": "9223372036854775807 + 1 > 0", "division by zero": "1 / 0 > 0", "a list": "[" + "1," * 100_000 + "1].size() > 0", "dots": "self" + ".spec" * 50_000, "sort": "self.spec.l.sort().size() > 0", "format": "'%1000000000d'.format([1]).size() > 0", "duration": "duration('99999999999999h') > duration('1s')", "timestamp": "timestamp('99999-01-01T00:00:00Z').getFullYear() > 0", "macro in macro": "self.spec.l.exists_one(a, self.spec.l.exists_one(b, self.spec.l.exists_one(c, a == b && b == c)))"}.items():
        yield cel(name, text)
    yield crd("a thousand rules", {"type": "object", "properties": {"spec": {"type": "object", "x-kubernetes-preserve-unknown-fields": True, "properties": {"l": {"type": "array", "items": {"type": "integer", "x-kubernetes-validations": [{"rule": f"self >= {-n}"} for n in range(1000)]}}}}}})
    yield crd("a hostile pattern", {"type": "object", "properties": {"spec": {"type": "object", "properties": {"s": {"type": "string", "pattern": "^(x+x+)+y$"}}}}})
    yield crd("a huge pattern", {"type": "object", "properties": {"spec": {"type": "object", "properties": {"s": {"type": "string", "pattern": "(((x{100}){100}){100}){100}"}}}}})
    deep = {"type": "object"}
    for _ in range(400):
        deep = {"type": "object", "properties": {"a": deep, "b": deep}} if _ < 1 else {"type": "object", "properties": {"a": deep}}
    yield crd("deep", deep)
    yield crd("anyOf of itself in depth", {"type": "object", "properties": {"spec": {"anyOf": [{"anyOf": [{"anyOf": [{"required": [f"k{n}"]} for n in range(50)]}] * 50}] * 50}}})
    yield crd("defaults that double", {"type": "object", "properties": {"spec": {"type": "object", "default": {}, "properties": {"l": {"type": "array", "items": {"type": "object", "default": {"a": "x" * 10_000}}}}}}}, FOO % ("{}, " * 20_000, "x"))
    yield crd("lists as maps", {"type": "object", "properties": {"spec": {"type": "object", "properties": {"l": {"type": "array", "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["a"], "items": {"type": "object", "properties": {"a": {"type": "string"}}}}}}}}, FOO % ("{a: x}, " * 30_000, "x"))
    yield crd("lists as sets", {"type": "object", "properties": {"spec": {"type": "object", "properties": {"l": {"type": "array", "x-kubernetes-list-type": "set", "items": {"type": "integer"}}}}}}, FOO % (", ".join(map(str, range(100_000))), "x"))
    for name, text in ASKS.items():
        yield rule(name, text)
        yield rule(f"{name}, in the message", "false", "{{ %s }}" % text)
        yield report(name, "{{ %s }}" % text)
    yield report("loops", "{% for a in range(10000) %}{% for b in range(10000) %}{% for c in range(10000) %}x{% endfor %}{% endfor %}{% endfor %}")
    yield report("a macro of itself", "{% macro m() %}{{ m() }}{{ m() }}{% endmacro %}{{ m() }}")
    yield report("a text that doubles", "{% set ns = namespace(s='xxxxxxxxxx') %}{% for a in range(60) %}{% set ns.s = ns.s ~ ns.s %}{% endfor %}{{ ns.s | length }}")
    yield report("a list that doubles", "{% set ns = namespace(s=[1]) %}{% for a in range(60) %}{% set ns.s = ns.s + ns.s %}{% endfor %}{{ ns.s | length }}")
    yield report("output", "{% set s = 'x' * 1000000 %}{% for a in range(10000) %}{{ s }}{% endfor %}")
    yield report("deep blocks", "{% if 1 %}" * 20_000 + "{% endif %}" * 20_000)
    yield report("an include", "{% include '/etc/passwd' %}")
    yield config("a billion laughs", laughs)
    yield config("deep", "a: " + "[" * 100_000)
    yield config("rules from a device", "custom: [{file: /dev/zero}]")
    yield config("rules from a pipe of the system", "custom: [{file: ../../../../proc/kmsg}]")
    yield config("rules from out of the chart", "custom: [{file: ../../../../etc/passwd}]")
    yield config("10,000 rules", lambda: json.dumps({"custom": [{"id": f"r{n}", "expect": "range(10000) | list | length == 0", "message": "no"} for n in range(10_000)]}))
    yield config("10,000 cases", lambda: json.dumps({"cases": {f"c{n}": {"set": [f"a={n}"]} for n in range(10_000)}}))
    yield config("1,000 versions", lambda: json.dumps({"kubeVersions": [f"1.{n % 40}.{n}" for n in range(1000)]}))
    yield config("stars to ignore", lambda: json.dumps({"ignore": [{"rule": "*" * 1000 + "x", "reason": "x", "file": "*a" * 1000, "object": "*a" * 1000}] * 1000}))
    yield config("100,000 profiles", lambda: json.dumps({"profiles": {f"p{n}": [f"p{n + 1}", f"p{n + 1}"] for n in range(100_000)}, "profile": "p0"}))
    yield config("profiles of themselves", json.dumps({"profiles": {"a": ["b", "b"], "b": ["a", "a"]}, "profile": "a"}))
    endless = "{{ range $i := 1000000000000 }}{{ end }}"
    yield Attack("500 values files, each endless", {"templates/a.yaml": endless, **{f"ci/v{n}-values.yaml": "a: 1\n" for n in range(500)}}, commands=("lint",))
    yield Attack("500 values files, each of 8 MB", {"templates/a.yaml": "a: {{ len .Values }}", **{f"ci/v{n}-values.yaml": lambda: "".join(f"k{n}: {n}\n" for n in range(10_000)) for n in range(500)}}, commands=("lint",))
    yield Attack("500 values files, each of many objects", {"templates/a.yaml": FINDINGS % 500, **{f"ci/v{n}-values.yaml": f"a: {n}\n" for n in range(500)}}, commands=("lint",))
    yield Attack("--toggles of 2,000 booleans", {"templates/a.yaml": "a: 1\n", "values.yaml": "".join(f"k{n}: true\n" for n in range(2000))}, args=["--toggles", "pairwise"], commands=("lint",))
    for kind in "human", "json", "sarif", "github", "junit":
        yield Attack(f"huge findings as {kind}", {"templates/a.yaml": FINDINGS % 5000}, args=["--format", kind], commands=("lint",))
    yield Attack("findings in long lines", {"templates/a.yaml": "{{ range until 2000 }}---\napiVersion: v1\nkind: Service\nmetadata: {name: '{{ repeat 5000 \"x\" }}', wrong: 1}\n{{ end }}"}, args=["--format", "json"], commands=("lint",))
    script = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata:\n  a.sh: |\n    #!/bin/sh\n"
    for name, text in {"brackets": "    " + "$(" * 50_000, "quotes": "    " + "'\"" * 500_000, "here-documents": "    cat <<A\n" * 50_000, "lines": "    echo $a\n" * 300_000, "backticks": "    " + "`" * 300_000, "if": "    if true; then\n" * 20_000, "braces": "    " + "${a:-" * 50_000, "arithmetic": "    " + "$((" * 50_000, "pipes": "    " + "a | " * 300_000}.items():
        yield Attack(f"a script of {name}", {"templates/a.yaml": script + text + "\n"}, commands=("lint",))
    conf = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata:\n  redis.conf: |\n"
    for name, text in {"quotes": '    a "' + '\\"' * 1_000_000, "lines": "    maxmemory 1\n" * 300_000, "users": "    user a " + "+@all " * 200_000, "save": "    save " + "1 " * 500_000, "numbers": "    maxmemory " + "9" * 1_000_000}.items():
        yield Attack(f"redis.conf of {name}", {"templates/a.yaml": conf + text + "\n"}, commands=("lint",))
    yield Attack("quantities", {"templates/a.yaml": "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec: {containers: [{name: a, image: a, resources: {limits: {memory: " + "9" * 100_000 + "E, cpu: 1e" + "9" * 100_000 + "}}}]}\n"}, commands=("lint",))
    yield Attack("cron", {"templates/a.yaml": "apiVersion: batch/v1\nkind: CronJob\nmetadata: {name: a}\nspec: {schedule: '" + "0-59/1," * 100_000 + "0 * * * *'}\n"}, commands=("lint",))
    yield Attack("selectors", {"templates/a.yaml": "{{ range until 2000 }}---\napiVersion: v1\nkind: Service\nmetadata: {name: s{{ . }}}\nspec: {selector: {a: b{{ . }}}, ports: [{port: 1}]}\n---\napiVersion: v1\nkind: Pod\nmetadata: {name: p{{ . }}, labels: {a: b}}\nspec: {containers: [{name: a, image: a}]}\n{{ end }}"}, commands=("lint",))
    yield Attack("one object 20,000 times", {"templates/a.yaml": "{{ range until 20000 }}---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n{{ end }}"}, commands=("lint",))
    yield Attack("comments that ignore", {"templates/a.yaml": "{{/* chartwright:ignore a: b */}}\n" * 100_000 + MAP}, commands=("lint",))
    yield Attack("unused values, 100,000", {"templates/a.yaml": MAP, "values.yaml": "".join(f"k{n}: {n}\n" for n in range(100_000))}, commands=("lint",))
    yield Attack("values nearly spelt alike", {"templates/a.yaml": "".join(f"a{n}: {{{{ .Values.verylongname{n}x }}}}\n" for n in range(3000)), "values.yaml": "".join(f"verylongname{n}y: {n}\n" for n in range(3000))}, commands=("lint",))
    yield Attack("manifests: a billion laughs", {"m/a.yaml": laughs}, chart="c/m", commands=("lint",))
    yield Attack("manifests: 10 MB", {"m/a.yaml": lambda: (MAP + "---\n") * 130_000}, chart="c/m/a.yaml", commands=("lint",))
    yield Attack("a baseline of laughs", {"templates/a.yaml": MAP, "b.json": laughs}, args=["--baseline", "c/b.json"], commands=("lint",))
    yield Attack("a baseline, deep", {"templates/a.yaml": MAP, "b.json": "[" * 1_000_000}, args=["--baseline", "c/b.json"], commands=("lint",))
