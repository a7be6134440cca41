"""Values, flags, schemas, Chart.yaml and the other files that are read."""
import json

from .common import SCHEMA, Attack, laughs
from .common import template as t

SHOW = {"templates/a.yaml": "a: {{ .Values | toJson | len }}\n"}
NOTHING = {"templates/a.yaml": "a: 1\n"}


def values(name, text, want=None):
    """The same text as values.yaml, as a file of -f, and as a manifest."""
    yield Attack(f"values.yaml: {name}", {**SHOW, "values.yaml": text}, want=want)
    yield Attack(f"-f: {name}", {**SHOW, "v.yaml": text}, args=["-f", "c/v.yaml"], want=want, commands=("template", "lint", "values"))
    yield Attack(f"manifest: {name}", {"templates/a.yaml": text})


def schema(name, document, want=None, values="a: {}\n"):
    text = document if callable(document) else lambda: json.dumps(document)
    return Attack(f"schema: {name}", {**NOTHING, SCHEMA: text, "values.yaml": values}, want=want)


def doubled(keyword, leaf, times=40):
    def part(n):
        return {"$ref": f"#/definitions/d{n}"}
    links = {f"d{n}": {keyword: [part(n + 1), part(n + 1)]} for n in range(times)}
    return {"$ref": "#/definitions/d0", "definitions": {**links, f"d{times}": {"type": leaf}}}


def nested(open_, close, count, inner=""):
    return lambda: open_ * count + inner + close * count


def flags(name, *args, want=None):
    return Attack(name, SHOW, args=args, want=want)


def attacks():
    yield from values("a billion laughs", laughs, "excessive aliasing")
    yield from values("laughs in merge keys", lambda: "a0: &a0 {x: 1}\n" + "".join(f"a{n}: &a{n} {{k{n}: 1, l{n}: *a{n - 1}, <<: [*a{n - 1}, *a{n - 1}]}}\n" for n in range(1, 60)))
    yield from values("merge keys that double", lambda: "a0: &a0 {x: 1}\n" + "".join(f"a{n}: &a{n} {{<<: [{', '.join([f'*a{n - 1}'] * 100)}]}}\n" for n in range(1, 60)))
    yield from values("laughs as keys", lambda: "a0: &a0 [x, x, x, x]\n" + "".join(f"? &a{n} [*a{n - 1}, *a{n - 1}, *a{n - 1}, *a{n - 1}]\n: 1\n" for n in range(1, 30)))
    yield from values("an alias of itself", "a: &a [*a]\n")
    yield from values("aliases of a long text", lambda: "a: &a " + "x" * 1_000_000 + "\nb: [" + "*a, " * 100_000 + "]\n")
    yield from values("400,000 aliases", lambda: "a: &a 1\nb: [" + "*a, " * 400_000 + "]\n")
    yield from values("a long text that doubles", lambda: "a0: &a0 " + "x" * 100_000 + "\n" + "".join(f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}]\n" for n in range(1, 14)))
    for name, text in [("brackets", nested("[", "", 1_000_000)), ("braces", nested("{a: ", "", 1_000_000)), ("dashes", nested("- ", "", 1_000_000)), ("questions", nested("? ", "", 1_000_000)), ("deep and closed", nested("[", "]", 100_000))]:
        yield from values(f"deep {name}", text, "rror" if name in ("brackets", "braces") else None)
    yield from values("deep maps", lambda: "".join(" " * n + "a:\n" for n in range(3000)))
    yield from values("10 MB of keys", lambda: "".join(f"k{n}: {n}\n" for n in range(700_000)))
    yield from values("one key a million times", lambda: "a: 1\n" * 1_000_000)
    yield from values("a long line", lambda: "a: " + "x" * 15_000_000 + "\n")
    yield from values("quotes that do not end", lambda: 'a: "' + "x\\n" * 5_000_000)
    yield from values("a list of 5,000,000", lambda: "a: [" + "1," * 5_000_000 + "]\n")
    yield from values("a million documents", lambda: "---\n" * 1_000_000 + "a: 1\n")
    yield from values("a million anchors", lambda: "a: [" + "&a 1, " * 1_000_000 + "]\n")
    yield from values("tags", lambda: "a: " + "!!binary " * 100_000 + "x\n")
    yield from values("comments", lambda: "# x\n" * 3_000_000 + "a: 1\n")
    yield from values("huge numbers", lambda: "a: " + "9" * 1_000_000 + "\nb: 1e999999999\nc: 0x" + "f" * 1_000_000 + "\nd: 1:1" + ":1" * 1_000_000 + "\n")
    yield from values("spaces", lambda: "a:" + " " * 10_000_000 + "1\n")
    yield from values("control characters", "a: \x01\x02\n")
    yield flags("--set of a huge index", "--set", "a[999999999]=1", want="greater than maximum supported index")
    yield flags("--set of big lists in lists", "--set", "a" + "[65536]" * 15 + "=1")
    yield flags("--set of many big lists", *[word for n in range(60) for word in ("--set", f"a{n}[65536]=1")])
    yield flags("--set of deep names", "--set", "a." * 50_000 + "a=1", want="rror")
    yield flags("--set of deep lists", "--set", "a" + "[0]" * 40_000 + "=1", want="rror")
    yield flags("--set of braces", "--set", "a={" * 40_000)
    yield flags("--set of commas", "--set", "a=1," * 30_000 + "a=1")
    yield flags("--set of a negative index", "--set", "a[-1]=1", want="rror")
    yield flags("--set-json deep", "--set-json", "a=" + "[" * 100_000, want="rror")
    yield flags("--set-json of a number", "--set-json", "a=1e999999999")
    yield flags("--set-string deep", "--set-string", "a." * 50_000 + "a=1", want="rror")
    yield flags("--set-file of a device", "--set-file", "a=/dev/zero", want="more than")
    yield flags("-f of a device", "-f", "/dev/zero", want="more than")
    yield flags("--kube-version huge", "--kube-version", "1." * 50_000)
    yield flags("--api-versions, many", "--api-versions", "a/v1," * 20_000)
    yield Attack("--name-template loops", SHOW, args=["--name-template", "{{ range $i := 1000000000000 }}{{ end }}"], commands=("template",), want="limit steps")
    yield Attack("--show-only of stars", SHOW, args=["-s", "*" * 1000 + "b"], commands=("template",))
    yield Attack("--show-only of braces", SHOW, args=["-s", "{a,b}" * 1000 + "b"], commands=("template",))
    for keyword in ("allOf", "anyOf", "oneOf"):
        yield schema(f"{keyword} that doubles", doubled(keyword, "object"), "more than")
    yield schema("$ref of itself", {"$ref": "#"})
    yield schema("allOf of itself", {"allOf": [{"$ref": "#"}, {"$ref": "#"}]})
    yield schema("deep arrays", nested("[", "]", 1_000_000))
    yield schema("deep objects", nested('{"not":', "}", 1_000_000, "{}"))
    yield schema("deep within bounds", nested('{"not":', "}", 120, "{}"))
    yield schema("properties, deep", nested('{"properties":{"a":', "}}", 1000, "{}"))
    yield schema("a hostile pattern", {"properties": {"a": {"pattern": "^(a+)+$"}}}, values="a: " + "a" * 100_000 + "b\n")
    yield schema("a backtracking pattern", {"properties": {"a": {"pattern": r"^(?=(a+)+$)(a+)+\1$"}}}, values="a: " + "a" * 40 + "b\n")
    yield schema("a lookahead", {"properties": {"a": {"pattern": r"^(?!.*(a|aa)+$)(a|aa)+b$"}}}, values="a: " + "a" * 100 + "\n")
    yield schema("a huge pattern", {"properties": {"a": {"pattern": "(((a{100}){100}){100}){100}"}}}, values="a: aa\n")
    yield schema("many huge patterns", {"patternProperties": {f"(\\pL{{{n}}}){{20}}": {} for n in range(400, 440)}}, values="a: aa\n")
    yield schema("a big class", {"properties": {"a": {"pattern": "(\\w{1000}){1000}"}}}, values="a: aa\n")
    yield schema("100,000 patterns", {"patternProperties": {f"^{n}$": {} for n in range(100_000)}}, values="a: 1\n")
    yield schema("an enum of a million", {"properties": {"a": {"enum": list(range(1_000_000))}}}, values="a: x\n")
    yield schema("uniqueItems", {"properties": {"a": {"uniqueItems": True}}}, values="a: [" + ", ".join(f"{{x: {n}}}" for n in range(30_000)) + "]\n")
    yield schema("contains in lists", {"properties": {"a": {"contains": {"contains": {"contains": {"const": 1}}}}}}, values="a: " + str([[[0] * 60] * 60] * 60) + "\n")
    yield schema("dependentSchemas", {"dependentSchemas": {f"k{n}": {"$ref": "#"} for n in range(20)}}, values="".join(f"k{n}: 1\n" for n in range(20)))
    yield schema("unevaluatedProperties", {"$schema": "https://json-schema.org/draft/2020-12/schema", "allOf": [{"anyOf": [{"properties": {f"p{n}": {}}} for n in range(2000)], "unevaluatedProperties": False}] * 20}, values="".join(f"k{n}: 1\n" for n in range(2000)))
    yield schema("a reference to a file", {"$ref": "file:///etc/passwd"}, "rror")
    yield schema("a reference to the network", {"$ref": "http://127.0.0.1:1/s.json"}, "rror")
    yield schema("multipleOf of a tiny number", {"properties": {"a": {"multipleOf": 1e-300}}}, values="a: 1e308\n")
    yield schema("a huge number", lambda: '{"minimum": 1e' + "9" * 100_000 + "}", values="a: 1\n")
    yield schema("errors in a million values", {"additionalProperties": {"items": {"type": "string"}}}, values="a: [" + "1," * 1_000_000 + "]\n")
    yield schema("anyOf of many, all wrong", {"properties": {"a": {"items": {"anyOf": [{"const": n} for n in range(1000)]}}}}, values="a: [" + "x," * 4000 + "]\n")
    yield schema("formats", {"properties": {"a": {"items": {"format": "idn-email"}}, "b": {"format": "uri-template"}, "c": {"format": "regex"}, "d": {"format": "idn-hostname"}}},
                 values="a: [" + "x," * 100_000 + "]\nb: '" + "{" * 100_000 + "'\nc: '" + "(" * 100_000 + "'\nd: '" + "xn--" * 10_000 + "'\n")
    yield Attack("Chart.yaml: a billion laughs", {**NOTHING, "Chart.yaml": lambda: laughs() + "apiVersion: v2\nname: c\nversion: 0.1.0\n"}, want="excessive aliasing")
    yield Attack("Chart.yaml: deep", {**NOTHING, "Chart.yaml": nested("a: {", "", 100_000)}, want="rror")
    yield Attack("Chart.yaml: 100,000 dependencies", {**NOTHING, "Chart.yaml": lambda: "apiVersion: v2\nname: c\nversion: 0.1.0\ndependencies:\n" + "".join(f"- {{name: d{n}, version: 1.0.0, repository: ''}}\n" for n in range(100_000))})
    yield Attack("Chart.yaml: conditions and tags", {**NOTHING, "Chart.yaml": lambda: "apiVersion: v2\nname: c\nversion: 0.1.0\ndependencies:\n- {name: d, version: 1.0.0, condition: '" + "a.b," * 300_000 + "', tags: [" + "t," * 300_000 + "]}\n"})
    yield Attack("Chart.yaml: a long version", {**NOTHING, "Chart.yaml": "apiVersion: v2\nname: c\nversion: 1" + ".1" * 1_000_000 + "\n"}, want="rror")
    yield Attack("Chart.yaml: a kubeVersion of many parts", {**NOTHING, "Chart.yaml": "apiVersion: v2\nname: c\nversion: 0.1.0\nkubeVersion: '" + ">1 || " * 200_000 + ">1'\n"})
    yield Attack("Chart.lock: a billion laughs", {**NOTHING, "Chart.lock": laughs}, want="excessive aliasing")
    yield Attack("one dependency under a thousand aliases", {**NOTHING, "charts/d/Chart.yaml": "apiVersion: v2\nname: d\nversion: 0.1.0\n", "charts/d/values.yaml": lambda: "".join(f"k{n}: {n}\n" for n in range(1000)), "charts/d/templates/a.yaml": "a: {{ .Values | toJson }}\n",
                  "Chart.yaml": lambda: "apiVersion: v2\nname: c\nversion: 0.1.0\ndependencies:\n" + "".join(f"- {{name: d, alias: d{n}, version: 0.1.0, repository: ''}}\n" for n in range(1000))})
    yield Attack("aliases that double over levels", {**NOTHING, "templates/a.yaml": "a: 1\n", **doubling_charts(12)})
    yield Attack("import-values that double", {**NOTHING, "Chart.yaml": "apiVersion: v2\nname: c\nversion: 0.1.0\ndependencies:\n- name: d\n  version: 0.1.0\n  repository: ''\n  import-values:\n" + "".join(f"  - {{child: a, parent: b.{'c.' * n}d}}\n" for n in range(200)),
                  "charts/d/Chart.yaml": "apiVersion: v2\nname: d\nversion: 0.1.0\n", "charts/d/values.yaml": lambda: "a:\n" + "".join(f"  k{n}: {n}\n" for n in range(20_000))})
    yield Attack(".helmignore: stars", {**NOTHING, ".helmignore": lambda: "*a" * 10_000 + "b\n", "a" * 200: "", "files/" + "a" * 200: ""})
    yield Attack(".helmignore: a million lines", {**NOTHING, ".helmignore": lambda: "a*b\n" * 1_000_000, **{f"files/f{n}": "" for n in range(50)}})
    yield Attack("files: 20,000", {**NOTHING, **{f"files/f{n}": "x" for n in range(20_000)}, "templates/a.yaml": '{{ range until 10000 }}{{ $x := $.Files.Glob "**" }}{{ end }}'})
    yield Attack("a glob over many files", {**NOTHING, **{f"files/{'a' * 100}{n}": "x" for n in range(1000)}, "templates/a.yaml": 'a: {{ len (.Files.Glob "*/' + "*a" * 60 + 'b") }}'})
    yield Attack("templates: 10,000", {f"templates/t{n}.yaml": "a: 1\n" for n in range(10_000)})
    yield Attack("a CRD: a billion laughs", {**NOTHING, "crds/a.yaml": laughs}, args=["--include-crds"], commands=("template",))
    yield Attack("a CRD in lint: a billion laughs", {**NOTHING, "crds/a.yaml": laughs}, commands=("lint",))
    yield Attack("--lookup: a billion laughs", {**NOTHING, "l.yaml": laughs}, args=["--lookup", "c/l.yaml"], commands=("template",), want="excessive aliasing")
    yield Attack("--dns: a billion laughs", {**NOTHING, "l.yaml": laughs}, args=["--dns", "c/l.yaml"], commands=("template",), want="excessive aliasing")
    yield Attack("NOTES.txt: a loop", {**NOTHING, "templates/NOTES.txt": "{{ range $i := 1000000000000 }}x{{ end }}"}, want="limit")
    yield Attack("many endless files", {f"templates/t{n}.yaml": "{{ range $i := 1000000000000 }}x{{ end }}" for n in range(50)}, want="limit")
    yield Attack("many half endless files", {f"templates/t{n}.yaml": "{{ range until 1000000 }}{{ end }}{{ .a.b.c }}" for n in range(50)})
    yield t("explain of a loop", "a: {{ range $i := 1000000000000 }}x{{ end }}", commands=("explain", "values"), args=[])


def doubling_charts(levels):
    """Each chart has one subchart, twice under two names."""
    files, path = {}, ""
    for level in range(levels):
        more = "dependencies:\n- {name: d, alias: a, version: 0.1.0, repository: ''}\n- {name: d, alias: b, version: 0.1.0, repository: ''}\n"
        files[f"{path}Chart.yaml"] = f"apiVersion: v2\nname: {'d' if level else 'c'}\nversion: 0.1.0\n" + (more if level < levels - 1 else "")
        files[f"{path}values.yaml"] = "x: 1\n"
        files[f"{path}templates/a.yaml"] = "a: 1\n"
        path += "charts/d/"
    return files
