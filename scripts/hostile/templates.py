"""Templates that want to run for ever, or to fill the memory."""
from .common import laughs, template as t

DOUBLING = "{{ $s := \"xxxxxxxxxx\" }}{{ range until 60 }}{{ $s = print $s $s }}{{ end }}a: {{ len $s }}"
SHARED = "{{ $d := list 1 }}{{ range until 40 }}{{ $d = list $d $d }}{{ end }}"
CYCLE = "{{ $d := dict }}{{ $_ := set $d \"a\" $d }}"
DEEP = "{{ $d := dict }}{{ range until 50000 }}{{ $d = dict \"a\" $d }}{{ end }}"
LOOP = "{{ range $i := 1000000000000 }}%s{{ end }}"


def own(call):
    return f'{{{{ define "x" }}}}{{{{ {call} }}}}{{{{ end }}}}a: {{{{ {call} }}}}'


def chain(call, count=60):
    """Each of `count` templates calls the next one twice."""
    parts = [f'{{{{ define "x{n}" }}}}{{{{ {call} "x{n + 1}" . }}}}{{{{ {call} "x{n + 1}" . }}}}{{{{ end }}}}' for n in range(count)]
    return "".join(parts) + f'{{{{ define "x{count}" }}}}{{{{ end }}}}a: {{{{ {call} "x0" . }}}}'


def loop(body, rounds=1000):
    """A million rounds, with something in them."""
    return f"{{{{ range until {rounds} }}}}{{{{ range until {rounds} }}}}{body}{{{{ end }}}}{{{{ end }}}}"


# What a hostile loop calls a million times: each has its own price.
IN_A_LOOP = [
    'genCA "x" 1', 'genPrivateKey "rsa"', 'genPrivateKey "dsa"', 'genPrivateKey "ecdsa"', 'genPrivateKey "ed25519"',
    'genSelfSignedCert "x" nil nil 1', 'bcrypt "x"', 'htpasswd "u" "p"', 'derivePassword 1 "long" "p" "u" "s"',
    'encryptAES "k" "p"', 'sha512sum "x"', 'randAlphaNum 1000', 'randBytes 1000', 'shuffle "abcdef"', 'uuidv4', 'now',
    'dateModify "1h" now', 'date "2006-01-02" now', 'dateInZone "2006-01-02" now "Europe/Berlin"', 'toDate "2006-01-02" "2017-01-01"',
    'semverCompare ">=1.2.3 || <1 || ~2 || ^3" "1.5.0"', 'semver "1.2.3-a.b+c"', 'regexMatch (print "a{1,999}" $) "x"',
    'urlParse "http://a:b@c/d?e#f"', 'toYaml $.Values', 'fromYaml "a: 1"', 'toJson $', 'fromJson "{}"', 'toToml $.Values',
    'printf "%v" $', 'merge (dict) $.Values', 'deepCopy $', 'include "x" $', 'tpl (print "{{ . }}" (randAlphaNum 9)) $',
    'lookup "v1" "Secret" "" ""', 'getHostByName "localhost"', '$.Files.Glob "**"', '$.Files.Get "Chart.yaml"',
    '($.Files.Glob "**").AsConfig', '($.Files.Glob "**").AsSecrets', '$.Files.Lines "values.yaml"',
    '$.Capabilities.APIVersions.Has "v1"', 'ago now', 'durationRound "1h"', 'adler32sum "x"', 'kindOf $', 'uniq (until 99)',
    'sortAlpha (until 99)', 'without (until 99) 1', 'b64enc (repeat 9999 "x")', 'abbrev 5 "xxxxxxxx"', 'wrap 2 (repeat 999 "x ")',
    'snakecase (repeat 999 "aB")', 'fail "x"', 'splitList "x" (repeat 9999 "x")', 'seq 1 1000', 'buildCustomCert "a" "b"',
]

# One call that asks for too much.
ASKS = [
    'until 1000000000', 'until 9223372036854775807', 'untilStep 0 1000000000 1', 'untilStep 0 10 0', 'seq 1 1000000000',
    'seq 0 1 9223372036854775807', 'repeat 1000000000 "x"', 'repeat 9223372036854775807 "x"', 'indent 1000000000 "x"',
    'nindent 1000000000 "x"', 'nindent 10000 (repeat 100000 "\\n")', 'randAlphaNum 1000000000', 'randAscii 1000000', 'randBytes 1000000000',
    'randNumeric 9223372036854775807', 'printf "%1000000000d" 1', 'printf "%999999d" 1', 'printf "%.1000000000f" 1.0',
    'printf "%.999999f" 1.0', 'printf "%*d" 1000000000 1', 'printf "%[99999999]d" 1', 'printf (repeat 100000 "%999999d") 1',
    'printf (repeat 1000000 "%v") 1', 'printf "%q" (repeat 10000000 "\\x00")', 'quote (repeat 10000000 "\\"")',
    'join (repeat 100000 "x") (until 100000)', 'replace "x" (repeat 100000 "y") (repeat 100000 "x")',
    'replace "" (repeat 100000 "y") (repeat 100000 "x")', 'regexReplaceAll "x" (repeat 100000 "x") (repeat 100000 "y")',
    'regexReplaceAll "(x*)" (repeat 100000 "x") (repeat 1000 "$1")', 'regexReplaceAllLiteral "" (repeat 100000 "x") (repeat 100000 "y")',
    'regexSplit "" (repeat 10000000 "x") -1', 'regexFindAll "x*" (repeat 10000000 "xy") -1', 'regexFindAll ".*?" (repeat 1000000 "x") -1',
    'regexMatch "(x+x+)+y" (repeat 1000000 "x")', 'regexMatch "(a|a?)+$" (repeat 1000000 "a")', 'regexMatch "(.*)(.*)(.*)(.*)(.*)[^a]$" (repeat 200000 "a")',
    'regexFind "(x?){1000}(x){1000}" (repeat 100000 "x")', 'regexMatch "((((a{100}){100}){100}){100})" "x"', 'regexMatch "(\\\\pL{1000}){1000}" "x"',
    'regexMatch "(?i)(\\\\pL|\\\\pM){1000}" (repeat 100000 "ä")', 'regexMatch (repeat 100000 "(") "x"', 'regexMatch (repeat 1000000 "a?") (repeat 100000 "a")',
    'regexMatch (repeat 3000 "(\\\\pL)?") (repeat 100000 "ä")', 'regexReplaceAll "(a*)*b" (repeat 1000000 "a") "c"', 'regexFindAll "(a+)$" (repeat 300000 "ab") -1',
    'regexFindAll "a.*b" (repeat 300000 "a") -1', 'regexSplit "[ab]*c" (repeat 300000 "ab") -1', 'regexQuoteMeta (repeat 10000000 "(")',
    'splitList "" (repeat 10000000 "x")', 'splitList "x" (repeat 10000000 "x")', 'split "x" (repeat 1000000 "x")', 'splitn "x" 1000000000 (repeat 1000000 "x")',
    'wrap 1 (repeat 1000000 "x ")', 'wrapWith 1 (repeat 10000 "y") (repeat 100000 "x")', 'wrap 9223372036854775807 "x y"', 'abbrev 1000000000 "x"',
    'trunc -9223372036854775808 "x"', 'substr 0 9223372036854775807 "x"', 'substr -5 -9 "x"', 'plural "a" "b" 9223372036854775807',
    'bcrypt (repeat 1000000 "x")', 'htpasswd "u" (repeat 1000000 "x")', 'derivePassword 4294967295 "long" (repeat 100000 "p") "u" "s"', 'genCA "x" 9223372036854775807',
    'genSelfSignedCert (repeat 100000 "x") (list "1.2.3.4") (until 100000) 1', 'genSignedCert "x" nil nil 1 (genCA "y" 1)', 'decryptAES "k" (repeat 1000000 "AAAA")',
    'sha256sum (repeat 16000000 "x")', 'b64dec (repeat 10000000 "AAAA")', 'b32enc (repeat 10000000 "x")',
    'semver (repeat 1000000 "1.")', 'semverCompare (repeat 1000000 "1 || ") "1"', 'semverCompare (repeat 1000000 ">1,") "1"', 'semver "99999999999999999999.0.0"',
    'dateModify "99999999999999h" now', 'dateModify (repeat 1000000 "1h") now', 'duration "99999999999999999999"', 'durationRound (repeat 1000000 "1h")',
    'date (repeat 1000000 "2006") now', 'toDate (repeat 100000 "2006 ") (repeat 100000 "2006 ")', 'dateInZone "2006" now (repeat 100000 "../")', 'dateInZone "2006" now "../../../etc/passwd"',
    'urlParse (repeat 10000000 "a:")', 'urlJoin (dict "host" (repeat 10000000 "a"))', 'toString (until 1000000)', 'list (until 1000000) (until 1000000) | toJson',
    'fromYaml (repeat 1000000 "- ")', 'fromYaml (repeat 1000000 "[")', 'fromYaml (repeat 1000000 "{a: ")', 'fromYaml (repeat 1000000 "? ")', 'fromYaml (repeat 1000000 "&a ")',
    'fromYaml (print (repeat 1000000 " ") "a: 1")', 'fromYaml (repeat 1000000 "a: 1\\n")', 'fromYaml (repeat 300000 "!!binary ")', 'fromYaml (print "a: \\"" (repeat 10000000 "\\\\n") "\\"")',
    'fromYamlArray (repeat 1000000 "- 1\\n")', 'fromYaml (repeat 1000000 "--- \\n")', 'fromYaml (print "a: " (repeat 1000000 "9"))', 'fromYaml (print "a: 1e" (repeat 1000000 "9"))',
    'fromYaml (print "a: 0x" (repeat 1000000 "f"))', 'fromYaml (print "a: 0b" (repeat 1000000 "1"))', 'fromYaml (print "a: " (repeat 1000000 "1:") "1")', 'fromYaml (print "a: >\\n" (repeat 1000000 "\\n") " x")',
    'fromYaml (print (repeat 2000 "#") (repeat 1000000 "%YAML 1.1\\n"))', 'fromYaml (print (repeat 1000000 "a") ": 1")', 'fromYaml (print "<<: [" (repeat 100000 "{a: 1},") "]")', 'fromYaml (print "<<: " (repeat 100000 "{<<: "))',
    'mustFromJson (repeat 1000000 "[")', 'mustFromJson (repeat 1000000 "{\\"a\\":")', 'mustFromJson (print "[" (repeat 1000000 "1,") "1]")', 'mustFromJson (repeat 1000000 "9")', 'mustFromJson "1e999999999"',
    'mustFromJson (print "\\"" (repeat 1000000 "\\\\u0000") "\\"")', 'fromToml (print "a = " (repeat 1000000 "["))', 'fromToml (repeat 1000000 "[a.")', 'fromToml (print "[" (repeat 300000 "a.") "a]")', 'fromToml (print (repeat 300000 "a.") "a = 1")',
    'fromToml (print "a = " (repeat 300000 "{a = "))', 'fromToml (repeat 1000000 "[[a]]\\n")', 'fromToml (print "a = " (repeat 1000000 "9"))',
    'tpl (repeat 100000 "{{ if 1 }}") .', 'tpl (print "{{ " (repeat 1000000 "(") " }}") .', 'tpl (print "{{ " (repeat 1000000 "not ") "1 }}") .', 'tpl (repeat 1000000 "{{ 1 }}") .', 'tpl (print "{{ ." (repeat 1000000 "a.") "a }}") .',
    'tpl (print "{{ 1 " (repeat 1000000 "| print ") "}}") .', 'tpl (print "{{ " (repeat 1000000 "9") " }}") .', 'tpl (print "{{ 1e" (repeat 1000000 "9") " }}") .', 'tpl (print "{{ 0x1p" (repeat 1000000 "9") " }}") .', 'tpl (print "{{/*" (repeat 1000000 "x") ) .',
    'tpl (repeat 300000 "{{ define \\"a\\" }}{{ end }}") .', 'tpl (repeat 100000 "{{ with 1 }}") .', 'tpl (print "{{ $a := 1 }}" (repeat 300000 "{{ $a = $a }}")) .', 'tpl (repeat 100000 "{{ $a := 1 }}") .', 'tpl (repeat 100000 "{{ else if 1 }}") .',
    'tpl (print "{{ if 1 }}" (repeat 100000 "{{ else if 1 }}") "{{ end }}") .', 'tpl (print "{{ print " (repeat 300000 "1 ") "}}") .', 'tpl (print "{{ \\"" (repeat 1000000 "\\\\n") "\\" }}") .', 'tpl (print "{{ `" (repeat 10000000 "x") "` }}") .',
    '.Files.Glob (repeat 100000 "*")', '.Files.Glob (repeat 10000 "{a,b}")', '.Files.Glob (repeat 10000 "{")', '.Files.Glob (print (repeat 10000 "*a") "b")', '.Files.Glob (repeat 10000 "**/")', '.Files.Get (repeat 1000000 "../")', '.Files.Glob "[a-z-"',
    '.Capabilities.APIVersions.Has (repeat 10000000 "v")', 'lookup (repeat 10000000 "v") "" "" ""', 'getHostByName (repeat 10000000 "v")', 'env (repeat 10000000 "v")', 'fail (repeat 16000000 "x")',
    'required (repeat 16000000 "x") nil', 'include (repeat 10000000 "x") .', 'get (dict) (repeat 10000000 "x")', 'dig (repeat 1000000 "a") "b" 1 (dict)', 'pluck "a" (until 1000000)', 'index . (repeat 1000000 "a")', 'slice (until 10) 0 9223372036854775807',
    'chunk 1 (until 1000000)', 'chunk 0 (until 10)', 'chunk 9223372036854775807 (until 10)', 'concat (until 1000000) (until 1000000) (until 1000000)', 'uniq (until 1000000)', 'sortAlpha (until 1000000)', 'reverse (until 1000000)', 'has 1 (until 1000000)', 'without (until 1000000) (until 1000)',
    'add 9223372036854775807 1', 'mul 9223372036854775807 9223372036854775807', 'div 1 0', 'mod 1 0', 'div -9223372036854775808 -1', 'mod -9223372036854775808 -1', 'round 1e308 2147483647', 'round 1.5 -9223372036854775808', 'round 1.5 1000000000', 'floor 1e308', 'toDecimal (repeat 1000000 "7")', 'int64 1e308', 'atoi (repeat 1000000 "9")', 'float64 (repeat 1000000 "9")', 'float64 (print "1e-" (repeat 100000 "9"))', 'float64 (print "0." (repeat 1000000 "0") "1")',
    'max 1 nil', 'biggest', 'addf 1e308 1e308', 'randInt 0 0', 'randInt 9223372036854775807 -9223372036854775808', 'int (repeat 1000000 "1")',
    'camelcase (repeat 10000000 "a_")', 'kebabcase (repeat 10000000 "aB")', 'title (repeat 10000000 "a ")', 'initials (repeat 10000000 "a ")', 'untitle (repeat 10000000 "A ")', 'swapcase (repeat 10000000 "A ")', 'shuffle (repeat 10000000 "A ")', 'nospace (repeat 10000000 "a ")', 'cat (until 1000000)', 'squote (until 1000000)', 'toStrings (until 1000000)', 'mustToPrettyJson (until 1000000)', 'toYaml (until 1000000)', 'html (repeat 10000000 "<")', 'js (repeat 10000000 "<")', 'urlquery (repeat 10000000 "<")', 'toJson (repeat 10000000 "<")', 'toRawJson (repeat 10000000 "\\u2028")', 'toYaml (repeat 10000000 "\\x01")', 'toYaml (repeat 1000000 "x ")', 'toYaml (repeat 1000000 "x\\n")', 'toToml (dict "a" (repeat 10000000 "\\x01"))',
    'osBase (repeat 10000000 "a/")', 'clean (repeat 10000000 "../")', 'ext (repeat 10000000 "a.")', 'dir (repeat 10000000 "a/")', 'trimAll (repeat 100000 "a") (repeat 1000000 "a")', 'trimAll (repeat 100000 "ab") (repeat 100000 "c")', 'trimPrefix (repeat 1000000 "a") (repeat 1000000 "a")', 'contains (repeat 1000000 "a") (repeat 2000000 "ab")', 'contains (print (repeat 1000000 "a") "b") (repeat 9000000 "a")', 'replace (print (repeat 100000 "a") "b") "c" (repeat 10000000 "a")',
    'eq (repeat 10000000 "a") (repeat 10000000 "a")', 'lt (repeat 10000000 "a") (repeat 10000000 "a")', 'ternary (repeat 10000000 "a") 1 true', 'coalesce (until 1000000)', 'all (until 1000000)', 'kindIs "a" (until 1000000)', 'mustUniq (list (until 1000) (until 1000))', 'mustMerge (dict) (dict "a" (until 1000000))',
]


def attacks():
    yield t("include of itself", own('include "x" .'), "nested reference name")
    yield t("template of itself", own('template "x" .'), "exceeded maximum template depth")
    yield t("tpl of itself", '{{ $t := dict "t" "{{ tpl .t . }}" }}a: {{ tpl $t.t $t }}', "tpl inside each other")
    yield t("tpl of a growing text", '{{ $t := dict "t" "{{ tpl (print .t .t) . }}" }}a: {{ tpl $t.t $t }}')
    yield t("tpl defines and includes", '{{ define "x" }}{{ tpl "{{ define \\"y\\" }}{{ include \\"x\\" . }}{{ end }}{{ include \\"y\\" . }}" . }}{{ end }}a: {{ include "x" . }}')
    yield t("includes that double", chain("include"), "limit")
    yield t("templates that double", chain("template"), "limit")
    yield t("a loop of 10^12 rounds", LOOP % "", "limit steps")
    yield t("a loop that prints", LOOP % "x", "limit")
    yield t("loops in loops", loop(""))
    yield t("a loop until 10^9", "{{ range until 1000000000 }}{{ end }}a: 1")
    yield t("a string that doubles", DOUBLING, "limit value-bytes")
    yield t("a list that doubles", "{{ $l := list 1 }}{{ range until 60 }}{{ $l = concat $l $l }}{{ end }}a: {{ len $l }}", "limit")
    yield t("a list that grows", "{{ $l := list }}{{ range until 1000000 }}{{ $l = append $l 1 }}{{ end }}a: {{ len $l }}", "limit")
    yield t("a dict that grows", '{{ $d := dict }}{{ range until 1000000 }}{{ $_ := set $d (toString .) . }}{{ end }}a: {{ len $d }}', "limit")
    yield t("dicts that are kept", '{{ $l := dict }}{{ range until 1000000 }}{{ $_ := set $l (toString .) (dict "a" (dict "b" .)) }}{{ end }}a: {{ len $l }}', "limit")
    yield t("texts that are kept", '{{ $l := dict }}{{ range until 100000 }}{{ $_ := set $l (toString .) (repeat 100000 "x") }}{{ end }}a: {{ len $l }}', "limit")
    yield t("variables that are kept", "{{ range until 1000000 }}{{ $a := . }}{{ end }}a: 1")
    yield t("output of one text", '{{ $x := repeat 1000000 "x" }}{{ range until 1000000 }}{{ $x }}{{ end }}', "limit")
    yield t("output in an include", '{{ define "x" }}{{ $x := repeat 1000000 "x" }}{{ range until 1000000 }}{{ $x }}{{ end }}{{ end }}a: {{ include "x" . }}', "limit")
    yield t("output as documents", "{{ range until 1000000 }}---\na: 1\n{{ end }}")
    yield t("output as objects", "{{ range until 100000 }}---\napiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: c{{ . }}\n{{ end }}")
    yield t("output as one deep document", '{{ range until 5000 }}{{ repeat . " " }}a:\n{{ end }}')
    yield t("output as flow lists", 'a: {{ repeat 1000000 "[" }}', "rror")
    yield t("output as laughs", laughs, "excessive aliasing")
    yield t("output as anchors", '{{ range until 100000 }}a{{ . }}: &a{{ . }} 1\n{{ end }}{{ range until 100000 }}b{{ . }}: *a{{ . }}\n{{ end }}')
    yield t("output as a long key", '{{ repeat 10000000 "a" }}: 1')
    yield t("output as one list", 'apiVersion: v1\nkind: List\nitems:\n{{ range until 200000 }}- {kind: ConfigMap, apiVersion: v1, metadata: {name: c}}\n{{ end }}')
    for name, kind in ("toYaml", SHARED), ("toJson", SHARED), ("toPrettyJson", SHARED), ("print", SHARED), ("deepCopy", SHARED), ("quote", SHARED), ("deepEqual $d", SHARED), ("uniq", SHARED), ("toStrings", SHARED), ("join \",\"", SHARED), ("mustToRawJson", SHARED), ("has $d", SHARED), ("compact", SHARED):
        yield t(f"{name} of shared lists", f"{kind}a: {{{{ {name} $d | len }}}}")
    for what, kind in ("a map of itself", CYCLE), ("a deep map", DEEP):
        for call in "toYaml $d", "toJson $d", "toToml $d", "print $d", "deepCopy $d", "merge (dict) $d", "merge $d $d", "mergeOverwrite $d $d", "deepEqual $d $d", "quote $d", "fail (toString $d)", "values $d", "include \"nothing\" $d", "tpl \"{{ . }}\" $d", "tpl \"{{ toYaml . }}\" $d", "len $d", "uniq (list $d $d)", "has $d (list $d)", "printf \"%#v\" $d", "toRawJson $d", "omit $d \"b\"", "dig \"a\" \"a\" 1 $d", "eq $d $d", "lookup $d $d $d $d", "html $d":
            yield t(f"{call} of {what}", f"{kind}\na: {{{{ {call} }}}}")
    yield t("values that hold themselves", '{{ $_ := set .Values "a" .Values }}a: {{ toYaml .Values }}')
    yield t("the root in itself", '{{ $_ := set . "a" . }}a: {{ toYaml . }}')
    yield t("the values in each file", '{{ $_ := set .Values "a" (dict "b" .Values) }}a: 1', files={"templates/b.yaml": "a: {{ .Values | toJson }}"})
    yield t("merges that double", '{{ $d := dict "a" 1 }}{{ range $i, $_ := until 60 }}{{ $d = dict "a" $d "b" $d }}{{ end }}a: {{ merge (dict) $d | len }}')
    yield t("merge of many", '{{ $d := dict }}{{ range until 1000000 }}{{ $d = merge $d (dict (toString .) 1) }}{{ end }}a: 1', "limit")
    yield t("nested ranges over values", "".join("{{ range $.Values.l }}" for _ in range(12)) + "x" + "{{ end }}" * 12, "limit", files={"values.yaml": "l: [1,2,3,4,5,6,7,8,9,10]\n"})
    yield t("with, 100,000 deep", lambda: "{{ with 1 }}" * 100_000 + "{{ end }}" * 100_000)
    yield t("brackets, 1,000,000 deep", lambda: "a: {{ " + "(" * 1_000_000 + "1" + ")" * 1_000_000 + " }}")
    yield t("an action of 10 MB", lambda: "a: {{ print" + " 1" * 5_000_000 + " }}")
    yield t("a million actions", lambda: "{{ 1 }}" * 1_000_000)
    yield t("100,000 defines", lambda: "".join(f'{{{{ define "x{n}" }}}}{{{{ end }}}}' for n in range(100_000)))
    yield t("a file of 60 MB", lambda: "# " + "x" * 60_000_000)
    yield t("errors in a million lines", lambda: "{{ .a.b.c }}\n" * 300_000)
    yield t("100,000 bad actions", lambda: "{{ }}\n" * 100_000)
    for call in IN_A_LOOP:
        yield t(f"a million times {call}", '{{ define "x" }}{{ end }}' + loop(f"{{{{ $x := {call} }}}}"))
    for call in ASKS:
        yield t(call, f"a:\n{{{{ $x := {call} }}}}{{{{ $x }}}}", commands=("template",))
