"""Draws cases at random: templates, YAML texts, `--set` strings, small charts.

In: a `random.Random`. Out: trees of `Node`s whose text is the case; the kinds tell `shrink` what may replace what.
"""

# Reads a file as a map and as a list, and tells the kinds of what was read.
READ_YAML = ('{{ $t := .Files.Get "%s" }}{{ $m := fromYaml $t }}'
             '{{ list (printf "%%#v" $m) (toYaml $m) (printf "%%v" (fromYamlArray $t)) (toYaml (fromYamlArray $t)) | toJson }}')
# The values as JSON, as YAML, and with Go's kinds.
SHOW_VALUES = 'a: {{ .Values.AsMap | toJson }}\nb: {{ .Values.AsMap | toYaml | toJson }}\nc: {{ printf "%#v" .Values.AsMap | toJson }}\n'
SET_VALUES = 'm:\n  x: 1\n  y: {z: two, n: null}\n  l: [1, {q: r}, [3]]\nl: [a, b]\ns: text\nn: null\nb: true\ni: 7\nf: 1.5\n'


class Node:
    __slots__ = ('kind', 'parts')

    def __init__(self, kind, parts):
        self.kind, self.parts = kind, parts


def text(node):
    out, open_nodes = [], [node]
    while open_nodes:
        node = open_nodes.pop()
        if isinstance(node, str):
            out.append(node)
        else:
            open_nodes.extend(reversed(node.parts))
    return ''.join(out)


STRINGS = ['""', '"a"', '"abc"', '"Hello World"', '"a,b,c"', '"a b  c"', '" x "', '"true"', '"false"', '"1"', '"-7"', '"08"', '"0x1F"',
           '"1.5"', '"1e3"', '"1_000"', '"ä"', '"日本語"', '"é́"', '"\\xff\\xfe"', '"\\u0000"', '"\\t\\n"', '"line\\nline2\\n"',
           '`raw\\n"x"`', '`multi\nline`', '"null"', '"~"', '"yes"', '"a: b"', '"- a\\n- b\\n"', '"{\\"a\\": 1}"', '"[1, 2.0, \\"x\\"]"',
           '"a/b/../c.tar.gz"', '"/"', '"../x"', '"C:\\\\x"', '"fooBarBaz"', '"foo_bar-baz qux"', '"FOO"', '"HTTPServer2Go"', '"ǆ"', '"ß"',
           '"İ"', '"😀x"', '"a\\"b\'c"', '"<a href=\\"x\\">&amp;</a>"', '"=?&%20+"', '"$1 ${x} \\\\1"', '"0"', '"9223372036854775808"',
           '"\\u2028"', '"key=value"', '"#c"', '"a #b"', '"0o17"', '"0b11"', '".5"', '"5."', '"+3"', '"1:30"', '"2024-01-02"', '"%d %s"',
           '"\\r\\n"', '"  lead"', '"trail  "', '"*"', '"&a"', '"!t"', '"|"', '">"', '"@"', '"`"', '"\\\\"', '"Infinity"', '"NaN"', '".inf"']
LONG = '"the quick brown fox jumps over the lazy dog and runs away from the angry bear into the dark forest, again and again"'
INTS = ['0', '1', '2', '3', '-1', '7', '10', '-3', '42', '100', '255', '1000000']
HUGE = ['9223372036854775807', '-9223372036854775808', '2147483648', '4294967295', '9007199254740993', '9223372036854775808', '18446744073709551615']
ODD_NUMBERS = ['0x1F', '0b101', '0o17', '017', '1_000', '0x_ff', "'a'", "'\\n'", "'日'", "'\\x41'", "'\\''", '+5', '-0', '0x1p4', '1e2', '1E+2',
               '0.1', '-0.0', '.5', '5.', '1.5e-7', '09.5']
BAD_NUMBERS = ['08', '0x', '1__0', "'ab'", "''", '1e', '12abc', '0b2', '1e400', '1i', '0x1.8', '1_', "'\\ud800'"]
FLOATS = ['0.0', '1.5', '-2.5', '0.1', '3.14159', '1e6', '1e21', '1e20', '123456789.0', '2.0', '-0.5', '1e-7', '0.5', '99.99', '1e300', '12345.678']
REGEXES = ['"a"', '"[a-c]+"', '"(a)(b)?"', '"^$"', '""', '"."', '"\\\\d+"', '"(?i)FOO"', '"[[:alpha:]]+"', '"(?P<n>a+)"', '"a|b"', '"("', '"[z-a]"',
           '"a{2,1}"', '"a{1001}"', '"(?=a)"', '"\\\\bfoo\\\\b"', '"x*"', '"(a*)+"', '"\\\\pL"', '"\\\\p{Greek}"', '"[^,]+"', '"a**"', '"\\\\Qa.b\\\\E"',
           '"(?s).+"', '"(?m)^l"', '"\\\\C"', '"\\\\xff"', '"a+?"', '"(?U)a+"', '"[a"', '"*a"', '"\\\\8"', '"\\\\pX"', '"(?i:x)y"', '"$"', '"\\\\s+"', '"a{,2}"', '"(?z)"']
VERSIONS = ['"1.2.3"', '"v1.2.3"', '"1.2.3-alpha.1"', '"1.2.3+build.5"', '"1"', '"1.2"', '"0.0.0"', '"01.2.3"', '"1.2.3.4"', '"x"', '""', '"1.2.3-01"',
            '"1.29.0-eks-abc"', '"v2.0.0-rc.1+x"', '"2.0.0"', '"1.10.0"', '"99999999999999999999.0.0"']
RANGES = ['">=1.2.3"', '"^1.2"', '"~1.2.3"', '"1.x"', '"*"', '">1 <2"', '">=1.0 || <0.5"', '"1.2 - 1.4.5"', '"!=1.2.3"', '"=1.2.3"', '"^0.0.3"', '"~>1"',
          '">=1.0.0-0"', '""', '"foo"', '"=>1"', '"1.2.3, <2"', '"^0"', '"<1.2-0"', '">= 1.2, < 3.0 || 5"', '"~0"', '"=<2"', '"^1.2.3-beta"', '"x"', '"1.2.*"', '">1.x"']
LAYOUTS = ['"2006-01-02"', '"2006-01-02T15:04:05Z07:00"', '"Mon Jan _2 15:04:05 2006"', '"Monday, 02-Jan-06 15:04:05 MST"', '"3:04PM"', '".000"', '"15:04:05.999999999"',
           '"002"', '"__2"', '"Z0700"', '"-07"', '"Jan"', '"January 1"', '"2006"', '""', '"x"', '"pm"', '"05.00 ,000"', '"-07:00:00"']
DURATIONS = ['"1h2m3s"', '"95"', '"1.5h"', '"-3s"', '"100ms"', '"1us"', '"1ns"', '"bad"', '""', '"720h"', '"1h"', '"+5m"', '"1d"', '".5s"', '"9999999h"', '"1w"', '"0"', '"1µs"']
URLS = ['"https://user:pw@host:8080/p/a?q=1&r=2#f"', '"http://[::1]:80/"', '"mailto:a@b"', '"/just/path"', '"//h/p"', '""', '"%zz"', '"http://a b/"', '"HTTP://Ex.com"',
        '"http://h?x"', '"http://h/%2f%41"', '":bad"', '"http://h:port/"', '"a:b:c"', '"http://ü.de/ö?ä#ß"', '"ftp://u@h"', '"?q"', '"#f"', '"x://y:1"', '"http://h/a;b"']
ENCODED = ['"YWJj"', '"YWI="', '"!!"', '"MFRGG==="', '"YQ"', '"YW Jj"', '"_-8="', '"YWJj\\n"']
JSONS = ['"{}"', '"[]"', '"null"', '"1"', '"1.0"', '"1e2"', '"{\\"a\\":{\\"b\\":[1,null,\\"x\\"]}}"', '"{"', '""', '"[1,"', '"\\"s\\""', '"{\\"a\\":1,\\"a\\":2}"', '"true"', '"12345678901234567890"',
         '"{a:1}"', '"[1] x"', '"nul"', '"\\"\\\\ud800\\""', '"01"', '"-"', '" [1 , 2] "', '"{\\"<\\":\\"&\\"}"', '"[-0, 1E400]"', '"[1e20, 1e21, 0.000001, 1e-7]"']
YAMLS = ['"a: 1\\nb: [x, 2.5]\\n"', '"- 1\\n- yes\\n"', '"a: {b: null}"', '"x"', '""', '"a: [1"', '"a: b: c"', '"{n: 3, y: 08}"', '"a: &x 1\\nb: *x"', '"a: |\\n  t\\n"', '"a: 1\\na: 2"', '"? [a]\\n: 1"',
         '"1: 2\\n1.5: x\\ntrue: y"', '"a: 0x1F\\nb: 1_0\\nc: 010\\nd: 1e3\\ne: .inf"', '"a: 2024-01-02"', '"<<: {a: 1}\\nb: 2"', '"!!str 1"', '"a: !!int \\"3\\""', '"\\ta: 1"', '"---\\na: 1\\n---\\nb: 2"', '"a: ~\\nb:"', '"- - 1\\n  - 2\\n- {a: b}"']
TOMLS = ['"a = 1\\n[b]\\nc = \\"x\\"\\n"', '"x = [1, 2.5]"', '""', '"d = 2024-01-02T03:04:05Z\\nb = true"', '"f = 1e3\\ni = 0x1F\\n[[t]]\\nk = 1"']
KEYS = ['"a"', '"b"', '"c"', '"x"', '"s"', '"a.b"', '""', '"nope"', '"1"', '"true"', '"ä"', '"a10"', '"a2"', '"A"']
VERBS = ['%v', '%+v', '%#v', '%T', '%s', '%q', '%+q', '%#q', '%x', '%X', '% x', '%#x', '% X', '%d', '%+d', '%5d', '%-5d|', '%05d', '%b', '%o', '%O', '%#o', '%c', '%U', '%#U', '%e', '%E', '%f', '%.2f', '%8.3f',
         '%-8.2f|', '%+.1e', '%g', '%G', '%#g', '%.3g', '%6.2f', '%06.2f', '%t', '%5t', '%10s|', '%-10s|', '%.2s', '%5.1s', '%.3v', '%8v', '%-8v|', '%08v', '%%', '%', '%z', '%!', '%*d', '%.*f', '%[1]d', '%[2]v', '%[1]s %[1]q', '%[9]d',
         '%w', '%.3q', '%10q', '%.2x', '%#v', '%#+v', '% d', '%x', '%#X', '%.0f', '%.f', '%+s', '%#s', '%5%', '%-05d', '%+05d', '%#b', '%#e', '%.10g', '%#.3g', '%3c|', '%+x', '%#q', '%é', '%[x]d', '%.[1]d', '%020.5f', '%+v', '%t']
ZONES = ['"UTC"', '"Europe/Berlin"', '"America/New_York"', '"Nope/X"', '""', '"Local"', '"EST"', '"Asia/Kolkata"']

# Name -> kinds of arguments; a lower-case letter in `ARGS` below; `*` repeats the one before 0 to 3 times, `?` may miss.
FUNCTIONS = {}
for row in '''
abbrev is|abbrevboth iis|add n*|add1 n|add1f f|addf f*|adler32sum s|all a*|any a*|append la|atoi s|b32dec e|b32enc s|b64dec e|b64enc s
base p|biggest n*|camelcase s|cat a*|ceil f|chunk il|clean p|coalesce a*|compact l|concat l*|contains ss|dateInZone TtZ|date Tt|date_in_zone TtZ
dateModify Dt|date_modify Dt|deepCopy a|deepEqual aa|default aa|dict ka*|dig kkam|dir p|div nn|divf ff|duration D|durationDays D
durationHours D|durationMicroseconds D|durationMilliseconds D|durationMinutes D|durationNanoseconds D|durationRound D|durationRoundTo DD
durationSeconds D|durationTruncateTo DD|durationWeeks D|empty a|eq aa*|ext p|fail s|first l|float64 x|floor f|fromJson J|fromJsonArray J
fromYaml Y|fromYamlArray Y|fromToml O|ge xx|get mk|gt xx|has al|hasKey mk|hasPrefix ss|hasSuffix ss|htmlDate t|htmlDateInZone tZ|html a*
indent is|index lc|index mk|index mkk|index li|initial l|initials s|int x|int64 x|isAbs p|join sl|js a*|kebabcase s|kindIs Ka|kindOf a|last l|le xx|len z
list a*|lower s|lt xx|max n*|maxf f*|merge mm*|mergeOverwrite mm*|min n*|minf f*|mod nn|mul nn*|mulf ff*|mustAppend la|mustChunk il
mustCompact l|mustDateModify Dt|mustDeepCopy a|mustFirst l|mustFromJson J|mustHas al|mustInitial l|mustLast l|mustMerge mm*
mustMergeOverwrite mm*|mustPrepend la|mustPush la|mustRegexFind rs|mustRegexFindAll rsi|mustRegexMatch rs|mustRegexReplaceAll rss
mustRegexReplaceAllLiteral rss|mustRegexSplit rsi|mustRest l|mustReverse l|mustSlice lc?c?|mustToDate Ts|mustToDuration D|mustToJson a
mustToPrettyJson a|mustToRawJson a|mustToToml m|mustToYaml a|mustUniq l|mustWithout la*|ne aa|nindent is|nospace s|not a|omit mk*|or aa*|and aa*
osBase p|osClean p|osDir p|osExt p|osIsAbs p|pick mk*|pluck km*|plural ssi|prepend la|print a*|println a*|push la|quote a*|regexFind rs
regexFindAll rsi|regexMatch rs|regexQuoteMeta s|regexReplaceAll rss|regexReplaceAllLiteral rss|regexSplit rsi|repeat is|replace sss
required sa|rest l|reverse l|round fi|semver v|semverCompare Cv|seq i|seq ii|seq iii|set mka|sha1sum s|sha256sum s|sha512sum s|slice lc?c?
snakecase s|sortAlpha l|split ss|splitList ss|splitn sis|squote a*|sub nn|subf ff*|substr iis|swapcase s|ternary aab|title s|toDate Ts|toDecimal x
toJson a|toPrettyJson a|toRawJson a|toString a|toStrings l|toToml m|toYaml a|toYamlPretty a|tpl ZZ|trim s|trimAll ss|trimPrefix ss|trimSuffix ss
trimall ss|trunc is|tuple a*|typeIs Ka|typeIsLike Ka|typeOf a|uniq l|unixEpoch t|unset mk|until i|untilStep iii|untitle s|upper s|urlJoin m|urlParse u
urlquery a*|without la*|wrap is|wrapWith iss|hello |lookup ssss|call a|now_ |decryptAES se|bcrypt_
'''.strip().replace('\n', '|').split('|'):
    name, _, kinds = row.partition(' ')
    if not name.endswith('_') and kinds != 'ZZ':
        FUNCTIONS.setdefault(name, []).append(kinds)

# What a function gives, as far as it helps to draw arguments of a kind.
GIVES = {
    's': ['abbrev', 'b64enc', 'camelcase', 'cat', 'join', 'kebabcase', 'lower', 'quote', 'replace', 'snakecase', 'squote', 'toJson', 'toString', 'toYaml', 'toPrettyJson', 'trim', 'trimSuffix', 'trunc',
          'upper', 'title', 'indent', 'nindent', 'print', 'println', 'regexFind', 'substr', 'nospace', 'initials', 'swapcase', 'repeat', 'html', 'js', 'urlquery', 'toToml', 'toRawJson', 'wrap', 'regexReplaceAll', 'toYamlPretty', 'kindOf', 'typeOf', 'default', 'b64dec', 'trimAll', 'untitle'],
    'l': ['list', 'append', 'concat', 'compact', 'fromYamlArray', 'fromJsonArray', 'initial', 'rest', 'reverse', 'regexFindAll', 'regexSplit', 'slice', 'sortAlpha', 'splitList', 'toStrings', 'tuple', 'uniq', 'until', 'untilStep', 'without', 'prepend', 'pluck', 'chunk'],
    'm': ['dict', 'merge', 'mergeOverwrite', 'omit', 'pick', 'set', 'unset', 'fromYaml', 'fromJson', 'fromToml', 'deepCopy', 'split', 'splitn', 'urlParse', 'get'],
    'n': ['add', 'add1', 'sub', 'mul', 'div', 'mod', 'max', 'min', 'int', 'int64', 'len', 'atoi', 'float64', 'round', 'floor', 'ceil', 'biggest', 'toDecimal', 'addf', 'mulf', 'durationSeconds', 'durationDays', 'maxf', 'divf'],
    'i': ['add', 'sub', 'int', 'len', 'min', 'mod'],
    'f': ['addf', 'divf', 'round', 'floor', 'ceil', 'float64', 'mulf', 'subf', 'minf'],
    'b': ['eq', 'ne', 'lt', 'and', 'or', 'not', 'empty', 'has', 'hasKey', 'contains', 'hasPrefix', 'kindIs', 'regexMatch', 'semverCompare', 'deepEqual', 'all', 'any', 'typeIs', 'gt', 'le', 'ge'],
}
# Calls with these could take all memory when a number is large, or say something else each day when a date is none.
CAREFUL = {'until', 'untilStep', 'seq', 'repeat', 'indent', 'nindent', 'wrap', 'wrapWith', 'date', 'dateInZone', 'date_in_zone', 'htmlDate', 'htmlDateInZone', 'dateModify', 'date_modify', 'mustDateModify', 'unixEpoch', 'durationRound', 'ago', 'splitn'}
SMALL = ['0', '1', '2', '3', '-1', '5', '(int 4)', '2', '1', '(len "abc")', '12', '(add 1 1)']

# The kind that a function gives, and the functions that take a kind (or anything) down a pipeline.
GIVEN = {name: kind for kind in 'ifbnmls' for name in GIVES[kind]}
TAKES = {kind: [name for name, rows in FUNCTIONS.items() for row in rows if row.rstrip('*?')[-1:] in (kind, 'a', 'n' if kind in 'if' else kind)
                and (name not in CAREFUL or name in ('indent', 'nindent', 'repeat', 'wrap'))] for kind in 'ifbnmlsa'}

# A fixed tree of names, so that templates know what they may ask for; how each is written is drawn.
VALUE_POOLS = {
    's': ['abc', '"x y"', "'it''s'", '""', 'Hello', '"ä\\u00e9\\n"', '|\n  two\n  lines\n', '>-\n  folded\n  text\n', '12:30', '1_000x', '"1"', "'true'", 'a#b', '!!str 12', '1.2.3', '"\\x01"', '2024-01-02', '"# no"', '0o17', '"~"', "'null'", '-', '"日本"'],
    'i': ['0', '1', '3', '-5', '010', '0x1F', '1_000', '1000000', '9007199254740993', '0b11', '08', '+4', '100000000000000000000', '685_230', '0o14'],
    'f': ['1.5', '-0.5', '1e3', '1e21', '.5', '1.0', '0.1', '1e-7', '123456.789', '1_0.5', '6.8523015e+5', '-0.0'],
    'b': ['true', 'false', 'yes', 'no', 'on', 'off', 'True', 'FALSE', 'Yes', 'y', 'n'],
    'n': ['null', '~', '', 'Null', 'NULL'],
    'l': ['[]', '[a, b, c]', '[1, 2.5, x, null, true]', '[c, a, b, a]', '\n  - a: 1\n    b: x\n  - a: 2\n', '[[1, 2], [3]]', '[3, 1, 2]', '["", 0, false, null, {}]', '\n- x\n- "y"\n', '[a2, a10, A]', '[true, no]'],
    'm': ['{}', '{a: 1, b: x}', '{a: {b: {c: deep}}, x: [1, 2]}', '{n: 3, y: t}', '\n  a: true\n  b:\n  c: ""\n', '{1: a, 1.5: b, true: c}', '{a10: 1, a2: 2, A: 3}', '{"a.b": 1, "": e}', '\n  s: t\n  a: [x]\n  x: {b: null}\n', '{host: h, path: /p, scheme: http, query: q=1}'],
}
NAMES = {kind: [kind + str(n) for n in (1, 2, 3)] for kind in VALUE_POOLS}


class Values:
    """One values.yaml: names s1 s2 s3 i1 … with values drawn from the pools."""

    def __init__(self, rng):
        rows = []
        for kind, names in NAMES.items():
            for name in names:
                rows.append(f'{name}: {rng.choice(VALUE_POOLS[kind])}'.rstrip('\n'))
        self.text = '\n'.join(rows) + '\n'


class Draw:
    """Draws templates. `deep` bounds the tree, `variables` are the names in scope."""

    def __init__(self, rng, values=None):
        self.rng, self.values = rng, values
        self.variables, self.templates, self.loops, self.nested = [], [], 0, 0
        self.left = 40

    def pick(self, items):
        return items[int(self.rng.random() * len(items))]

    def chance(self, share):
        return self.rng.random() < share

    # --- expressions

    def literal(self, kind):
        pools = {'s': STRINGS, 'i': INTS, 'f': FLOATS, 'r': REGEXES, 'v': VERSIONS, 'C': RANGES, 'T': LAYOUTS, 'D': DURATIONS, 'u': URLS, 'e': ENCODED, 'J': JSONS, 'Y': YAMLS, 'O': TOMLS, 'k': KEYS, 'Z': ZONES}
        if kind in pools:
            return self.pick(pools[kind])
        if kind == 'n':
            return self.pick(INTS + FLOATS + HUGE + ['"3"', '"1.5"'])
        if kind == 'x':
            return self.literal(self.pick('nnnsifb'))
        if kind == 'b':
            return self.pick(['true', 'false'])
        if kind == 'c':
            return self.pick(['0', '1', '2', '3', '4', '-1'])
        if kind == 'p':
            return self.pick(['"a/b/../c.tar.gz"', '"/"', '""', '"."', '"../x"', '"/a//b/"', '"C:\\\\x"', '"x.y/.z"', '"..."', '"a/"'])
        if kind == 'K':
            return self.pick(['"string"', '"int"', '"int64"', '"float64"', '"map"', '"slice"', '"bool"', '"invalid"', '"map[string]interface {}"', '"*x"', '""'])
        if kind == 't':
            return self.pick(['0', '1700000000', '(int64 86399)', '(toDate "2006-01-02" "2024-02-29")', '(toDate "2006-01-02T15:04:05Z07:00" "2024-07-01T12:30:00+02:00")', '(int 951782400)', '-1', '(toDate "2006" "x")'])
        if kind == 'l':
            return self.pick(['(list)', '(list 1 2 3)', '(list "b" "a" "c")', '(list "a" 1 nil true 2.5)', '(list 1 1 2 1)', '(list "" 0 nil false)', '(list (list 1) (list 2 3))', '(list (dict "a" 1) (dict "a" 2))', '(until 4)', '(splitList "," "x,y,")', '(tuple 3 1 2)'])
        if kind == 'm':
            return self.pick(['(dict)', '(dict "a" 1 "b" "x")', '(dict "a" (dict "b" (dict "c" 1)))', '(dict "a" nil)', '(dict "b" (list 1 2) "a" false)', '(dict "a10" 1 "a2" 2 "A" 3)', '(dict "" "")', '(dict "a" (dict "x" 1) "c" 0)', '(dict "host" "h:1" "scheme" "https" "path" "a b")', '(dict "s" "x" "a.b" 2.5)'])
        if kind == 'z':
            return self.literal(self.pick('slm'))
        return self.literal(self.pick('ssinfblm')) if self.chance(0.9) else self.pick(['nil', '.', '.Release', '.Chart', '.Values', '.Capabilities.KubeVersion', '.Template', '.Files', '.Capabilities.APIVersions'][:8])

    def expr(self, kind, deep, careful=False):
        """An operand that should be of a kind."""
        if careful:
            if kind in 'ic':
                return Node('expr', [self.pick(SMALL)])
            if kind in 'ns' and not self.chance(0.9):
                kind = 's'
            if kind == 't':
                return Node('expr', [self.literal(kind)])
            deep = 0
        else:
            if self.chance(0.03):
                kind = self.pick('sinfblmarYJvDtkx')
        self.left -= 1
        roll = self.rng.random()
        if deep > 0 and self.left > 0 and roll < 0.5:
            name = None
            if kind in 'az':
                kind = self.pick('slmnb')
            if kind in GIVES and self.chance(0.95):
                name = self.pick(GIVES[kind])
            return Node('expr', ['(', self.pipe(deep - 1, name), ')', self.access() if kind in 'am' and self.chance(0.15) else ''])
        if roll < 0.62 and self.variables and not careful:
            return Node('expr', [self.pick(self.variables), self.access() if self.chance(0.15) else ''])
        if roll < 0.78 and self.values and not careful:
            kinds = {'s': 's', 'i': 'i', 'n': self.pick('if'), 'f': 'f', 'b': 'b', 'l': 'l', 'm': 'm', 'x': self.pick('ifsb')}
            name = self.pick(NAMES[kinds.get(kind) or self.pick('sifbnlm')])
            if kind in 'ic' and self.chance(0.9):
                return Node('expr', ['(int ', Node('expr', ['$.Values.', name]), ')'])
            return Node('expr', ['$' if self.nested or self.chance(0.3) else '', '.Values.', name, self.access() if self.chance(0.12) else ''])
        if roll < 0.80 and not careful:
            return Node('expr', [self.pick(['.', '.a', '.Values.nope', '.a.b', '$', '.Values.nope.x', '(.Values.nope).x', '.Release.Name', '.Chart.Name', '.Chart.Version', '.Release.IsInstall', '.Release.Revision', '.Template.Name',
                                            '.Chart.Nope', '.Capabilities.KubeVersion.Major', '.Capabilities.HelmVersion.Version', '(.Files.Get "x")', '(.Capabilities.APIVersions.Has "v1")', '(.Files.Glob "*")', '(.Files.Lines "x")', '.Release.Nope', 'nil', '.Values'])])
        if roll < 0.82 and not careful and kind in 'nifxa':
            return Node('expr', [self.pick((BAD_NUMBERS if self.chance(0.1) else ODD_NUMBERS) + HUGE[:5])])
        return Node('expr', [self.literal(kind)])

    def access(self):
        return self.pick(['.a', '.b', '.a.b', '.x', '.nope', '.a.b.c', '.Name', '.AsMap'])

    def call(self, deep, name=None, given=False):
        """A function with its arguments; with `given` the last one comes down the pipeline."""
        if name is None or name not in FUNCTIONS:
            name = self.pick(list(FUNCTIONS))
            if name in ('fail', 'required', 'call') and self.chance(0.8):
                name = 'quote'
            if self.chance(0.1):
                return self.printf(deep, given)
        careful = name in CAREFUL
        kinds = self.pick(FUNCTIONS[name])
        wanted = []
        for index, kind in enumerate(kinds):
            if kind == '*':
                group = kinds[index - 2:index] if name == 'dict' else kinds[index - 1]
                wanted += group * self.pick([0, 0, 1, 1, 2])
            elif kind == '?':
                if self.chance(0.4):
                    wanted.pop()
            else:
                wanted.append(kind)
        if not careful and self.chance(0.02):
            wanted = wanted[:-1] if self.chance(0.5) else wanted + ['a']
        if given and wanted:
            wanted.pop()
        parts = [name]
        for kind in wanted:
            parts.append(Node('arg', [' ', self.expr(kind, deep, careful)]))
        return parts

    def printf(self, deep, given):
        verbs = [Node('text', [self.pick(VERBS)]) for _ in range(self.pick([1, 1, 1, 2, 3]))]
        parts = ['printf "', *[part for verb in verbs for part in (verb, self.pick(['', ' ', ',']))], '"']
        for _ in range(max(0, len(verbs) + self.pick([0, 0, 0, 0, 0, -1, 1]) - given)):
            parts.append(Node('arg', [' ', self.expr(self.pick('assifnblmxt'), deep)]))
        return parts

    def pipe(self, deep, name=None):
        if self.templates and self.chance(0.05):
            first = ['include "', self.pick(self.templates), '" ', self.expr('a', deep)]
        elif self.chance(0.03):
            first = ['tpl ', Node('expr', [self.pick(['"{{ . }}"', '"{{ .a }}"', '"{{ define \\"t\\" }}x{{ end }}{{ include \\"t\\" . }}"', '"{{ $x := 1 }}{{ $x }}"', '"{{ .Values.s1 }}"', '"{{ foo }}"', '"{{ if }}"', '"{{"', '`{{ printf "%d" "x" }}`', '"{{ fail \\"f\\" }}"', '"a{{- 1 -}} b"', '"{{ index . 5 }}"', '.Values.s1'])]),
                     ' ', Node('expr', [self.pick(['.', '$', '(dict "a" 1 "Template" .Template)', '.', '.'])])]
        elif self.chance(0.1) and not name:
            first = [self.expr('a', deep)]
        else:
            first = self.call(deep, name)
        tails = []
        while self.chance(0.25) and len(tails) < 3:
            last = tails[-1].parts[1] if tails else first[0]
            name = self.pick(TAKES[GIVEN.get(last, 'a')] if self.chance(0.95) else TAKES['a'])
            tails.append(Node('tail', [' | ', *self.call(max(deep - 1, 0), name, given=True)]))
        return Node('pipe', first + tails)

    # --- statements

    def left_delim(self):
        return Node('trim', [self.pick(['{{', '{{ ', '{{ ', '{{ ', '{{- '])])

    def right_delim(self):
        return Node('trim', [self.pick(['}}', ' }}', ' }}', ' }}', ' -}}'])])

    def action(self, *parts):
        return [self.left_delim(), *parts, self.right_delim()]

    def show(self, deep):
        """An expression, shown so that its kind is seen where that may matter."""
        roll = self.rng.random()
        if roll < 0.35:
            return self.action(self.pipe(deep))
        if roll < 0.5:
            return self.action('printf "%#v" (', self.pipe(deep), ')')
        if roll < 0.6:
            return self.action('printf "%T %v" (', self.pipe(deep), ') 1')
        if roll < 0.8:
            return self.action('(', self.pipe(deep), ') | toJson')
        return self.action('toYaml (', self.pipe(deep), ')')

    def words(self):
        return Node('text', [self.pick([' ', '\n', '  \n', 'a', ' b ', '-', 'x: y\n', '\t', 'ä', '}}', '{', '', '{ {', '# c\n'])])

    def comment(self):
        return [self.pick(['{{/* c */}}', '{{- /* c\n */ -}}', '{{/**/}}', '{{- /* {{ x }} */}}'])]

    def body(self, deep, length=None):
        saved, templates = list(self.variables), list(self.templates)
        items = [Node('item', self.statement(deep)) for _ in range(length or self.pick([1, 1, 2, 2, 3]))]
        self.variables, self.templates = saved, self.templates if deep > 2 else templates
        return Node('body', items)

    def statement(self, deep):
        self.left -= 1
        roll = self.rng.random()
        if deep <= 0 or self.left < 0 or roll < 0.45:
            return self.show(max(deep, 1))
        if roll < 0.55:
            return [self.words()]
        if roll < 0.66:
            if self.variables and self.chance(0.35):
                return self.action(self.pick(self.variables), ' = ', self.pipe(deep - 1))
            name = '$' + self.pick(['a', 'b', 'c', 'v', 'é1', '_x'])
            parts = self.action(name, self.pick([' := ', ':= ', ' :=']), self.pipe(deep - 1))
            self.variables.append(name)
            return parts
        if roll < 0.75:
            return self.branch('if', deep)
        if roll < 0.82:
            return self.branch('with', deep)
        if roll < 0.91:
            return self.loop(deep)
        if roll < 0.94:
            name = self.pick(['t', 'u', 'a/b', 'x y', '']) + str(self.rng.randrange(10**6))
            saved, self.variables, loops, self.loops = self.variables, [], self.loops, 0
            parts = self.action('define "', name, '"') + [self.body(deep - 2)] + self.action('end')
            self.variables, self.loops = saved, loops
            if deep < 3:
                return self.show(1)
            self.templates.append(name)
            return parts
        if roll < 0.96:
            if self.templates:
                return self.action('template "', self.pick(self.templates), '"', *([' ', self.expr('a', 1)] if self.chance(0.6) else []))
            return self.comment()
        if roll < 0.97 and self.loops:
            return self.action(self.pick(['break', 'continue']))
        if roll < 0.985 and self.variables:
            return self.action('$_ := set ', Node('expr', [self.pick(self.variables + ['.Values.m1', '.Values'])]), ' ', Node('expr', [self.pick(KEYS)]), ' ', self.expr('a', 1))
        return self.comment()

    def condition(self, deep):
        if self.chance(0.15):
            name = '$' + self.pick('abv')
            parts = [name, ' := ', self.pipe(deep - 1)]
            self.variables.append(name)
            return parts
        return [self.pipe(deep - 1, self.pick(GIVES[self.pick('bbslm')]) if self.chance(0.8) else None)]

    def branch(self, word, deep):
        saved = list(self.variables)
        self.nested += word == 'with'
        parts = self.action(word, ' ', *self.condition(deep)) + [self.body(deep - 1)]
        self.nested -= word == 'with'
        while self.chance(0.25):
            parts += self.action('else ', word if self.chance(0.95) else self.pick(['if', 'with', 'range']), ' ', *self.condition(deep)) + [self.body(deep - 1)]
        if self.chance(0.5):
            parts += self.action('else') + [self.body(deep - 1)]
        self.variables = saved
        return parts + self.action('end')

    def loop(self, deep):
        saved = list(self.variables)
        head = ['range ']
        roll = self.rng.random()
        variables = []
        if roll < 0.25:
            head.append('$i, $e := ')
            variables = ['$i', '$e']
        elif roll < 0.4:
            head.append('$e := ')
            variables = ['$e']
        if self.chance(0.9):
            over = self.expr(self.pick('llm'), 1)
        else:
            over = Node('expr', [self.pick(['3', '(int 2)', 'nil', '"abc"', '1.5', '(until 3)', '0', '-1', 'true', '.Values.i3x', '$.Values.s1'])])
        self.variables = self.variables + variables
        self.loops += 1
        self.nested += 1
        parts = self.action(*head, over) + [self.body(deep - 1)]
        self.nested -= 1
        self.loops -= 1
        if self.chance(0.25):
            parts += self.action('else') + [self.body(deep - 1)]
        self.variables = saved
        return parts + self.action('end')


def template(rng, values):
    draw = Draw(rng, values)
    deep = draw.pick([1, 1, 1, 2, 2, 3, 4])
    draw.left = draw.pick([8, 12, 20, 40])
    length = draw.pick([1, 1, 1, 1, 2])
    return Node('root', [draw.body(deep, length)])


# --- what the parser sees

def syntax(rng, values):
    """A template with a few of its tokens changed."""
    import re
    tokens = re.findall(r'"(?:\\.|[^"\\])*"|`[^`]*`|\{\{-?|-?\}\}|[\w.$]+|\s+|.', text(template(rng, values)), re.S)
    extra = ['|', '(', ')', '"', '`', "'", '$', '$x', '.', '..', ':=', '=', ',', '{{', '}}', 'end', 'else', 'if', 'nil', '1', 'range', 'define', '"x"', '.a', ' ', '-', '{{-', '-}}', '@', '\n', '/*', '*/', '1.2.3', "'a",
             'break', 'template', 'block', 'else if', 'with', '\x00', 'é', '$.', '.é', 'foo', 'true.x', '(1).a', 'nil.x', '"s".a', '+', '&', '\\', '#', '==', '_', '$1', '0x']
    for _ in range(rng.choice([1, 1, 2, 3])):
        at = rng.randrange(len(tokens) + 1)
        roll = rng.random()
        if roll < 0.35 and tokens:
            del tokens[at:at + 1]
        elif roll < 0.8:
            tokens.insert(at, rng.choice(extra))
        elif tokens:
            tokens.insert(at, rng.choice(tokens))
    return Node('root', [Node('item', [token]) for token in tokens])


# --- YAML

SCALARS = ['a', 'abc def', '1', '-1', '0', '010', '08', '0x1F', '0b11', '0o17', '1_000', '1.5', '1e3', '.5', '5.', '-.5', '+1', '1e400', '12:30', '1:2:3', '.inf', '-.INF', '.nan', 'true', 'True', 'yes', 'No', 'ON', 'y', 'n', 'null', '~', 'Null', '',
           '2024-01-02', '2024-01-02T03:04:05Z', '2024-01-02 03:04:05', '"q"', "'q'", '"\\n\\t\\x41\\u00e9"', "'it''s'", '"a\n  b"', "'a\n\n  b'", 'a\n  b', '!!str 1', '!!int "3"', '!!float 1', '!!bool "yes"', '!!null ""', '!!binary YWI=', '!local x', '!!set x', '&a 1', '*a', '&b [1]', '*b',
           'a #b', 'a#b', '#c', 'a: b', '- a', '- ', '?', '-', ':', '::', 'a:', ':a', '@x', '`x`', '%x', '|', '>', '|\n  x\n  y\n', '>-\n  x\n  y\n\n  z\n', '|+\n  x\n\n', '|2\n   x\n', '>\n  a\n   b\n  c\n', '[', ']', '{', '}', '[a, b]', '{a: 1}', '{a, b: }', '[a: 1, b]', '[[1], {x: y}]', '{a: {b: c}}', '[a,\n b]',
           '"unclosed', "'unclosed", '\ta', 'a\tb', 'ä', '日本', '"\\uD800"', '😀', '=', '<<', '...', '---', '0.', '0x', '1__0', '0b', '_1', '1_', '1e', '1.e1', '0.1e+5', '9223372036854775808', '18446744073709551616', '-9223372036854775809', '0xFFFFFFFFFFFFFFFF', '190:20:30', '0o8', '"\\q"', '1,000', '!', '!!', '! x', '\x7f', '\x85', '\u2028x', '\ufeffa']
YAML_KEYS = ['a', 'b', 'c', 'd', 'a', '1', 'true', 'null', 'y', 'n', '1.5', '010', '"q k"', "'k'", '? x\n', '<<', '&k a', '*a', '~', 'a b', '-', '0x1F', '!!str 1', '[a]', '{a: 1}', '"a\\u00e9"', '12:30', '.inf', '2024-01-02', '', 'ä', '1e3', '123456789012345678901', '"', '# ', '!t a']


def yaml_block(rng, indent, deep):
    """A block of lines at an indentation, each entry a node that may be dropped."""
    pad = ' ' * indent
    entries = []
    sequence = rng.random() < 0.35
    for _ in range(rng.choice([1, 1, 2, 2, 3])):
        key = pad + ('-' if sequence else rng.choice(YAML_KEYS[:6] if rng.random() < 0.6 else YAML_KEYS) + ':')
        roll = rng.random()
        if deep and roll < 0.35:
            step = rng.choice([1, 2, 2, 2, 4, 0])
            anchor = rng.choice(['', '', '', ' &m', ' &m', ' !!map', ' # c', ' !!seq'])
            entries.append(Node('item', [key, anchor, '\n', yaml_block(rng, indent + step, deep - 1)]))
        elif roll < 0.4:
            entries.append(Node('item', [key, rng.choice([' *m', ' *a', ' {<<: *m}', ' [*m]']), '\n']))
        else:
            value = rng.choice(SCALARS).replace('\n', '\n' + pad)
            entries.append(Node('item', [key, Node('text', [' ' + value]), rng.choice(['', '', '', ' ', ' # c']), '\n']))
        if rng.random() < 0.06:
            entries.append(Node('item', [rng.choice(['\n', '# c\n', '  # c\n', '---\n', '...\n', '\t\n', '%YAML 1.1\n', pad + '\n', '--- x\n', '--- # c\n', '--- |\n x\n'])]))
    return Node('body', entries)


def yaml(rng, _values=None):
    if rng.random() < 0.1:
        return Node('root', [Node('text', [rng.choice(SCALARS)]), rng.choice(['', '\n'])])
    head = rng.choice(['', '', '', '', '---\n', '# c\n', '\ufeff', '%YAML 1.1\n---\n', '\n'])
    tree = Node('root', [Node('item', [head]), yaml_block(rng, rng.choice([0, 0, 0, 0, 1, 2]), 2)])
    if rng.random() < 0.05:
        return Node('root', [Node('lines', [text(tree).replace('\n', '\r\n')])])
    return tree


# --- --set and its kin

SET_KEYS = ['m', 'l', 's', 'n', 'b', 'i', 'f', 'x', 'y', 'z', 'q', 'a', '', 'a\\.b', 'a\\,b', 'a\\=b', 'a b', 'ä', '"a"', 'm', '1', 'global', 'nope', 'a\\[0\\]', '\\', "'k'", 'null']
SET_VALUES_POOL = ['1', '0', '-1', '007', '1.5', 'true', 'false', 'null', 'yes', '', 'text', 'a b', '{}', '{a,b}', '{1,true,null}', '{a,{b}}', '{a', 'a}', '{a,,b}', '{a\\,b,c}', 'a\\,b', 'a\\\\b', 'a\\.b', '"q"', "'q'", 'a=b', 'a==', '~', '0x1F', '1e3', '9223372036854775807', '9223372036854775808', '[]', '[1]', 'TRUE', 'nil', 'ä', ' x ', '\\', 'a\\',
                   'null ', '{ a , b }', '{a}x', '{{x}}', 'a\nb', '\t', '-0', '+1', '{null}', '{}x', '{,}', '%s', 'a[0]', '\\{a\\}', '\\null']
SET_JSON = ['1', '1.0', '"x"', 'null', '[1,2]', '{"a":1}', '{"a":{"b":null}}', '', '{', '1e400', '[1,', 'true', '"a,b"', '{"a":1},b=2', '12345678901234567890', 'nul', '[{"a":[null]}]', '1 2', '"\\u00e9"', "'x'"]


def set_path(rng):
    parts = [rng.choice(SET_KEYS)]
    for _ in range(rng.choice([0, 0, 1, 1, 2, 3])):
        parts.append(rng.choice(['.' + rng.choice(SET_KEYS), '.' + rng.choice(SET_KEYS), f'[{rng.choice(["0", "1", "2", "3", "-1", "", "x", "01", " 1", "0]", "70000", "1.0"])}]']))
    return ''.join(parts)


def set_flags(rng, _values=None):
    """Flags, each `FLAG TEXT` and a NUL."""
    flags = []
    for _ in range(rng.choice([1, 1, 1, 2, 3])):
        flag = rng.choice(['--set', '--set', '--set', '--set', '--set-string', '--set-json', '--set-literal'])
        pairs = []
        for _ in range(rng.choice([1, 1, 1, 2, 3]) if flag != '--set-literal' else 1):
            value = rng.choice(SET_JSON) if flag == '--set-json' else rng.choice(SET_VALUES_POOL)
            pairs.append(Node('item', [Node('text', [set_path(rng)]), rng.choice(['='] * 12 + ['', '==', ' = ']), Node('text', [value]), rng.choice([','] * 9 + ['', ',,'])]))
        if rng.random() < 0.7:
            pairs[-1].parts[-1] = ''
        if flag == '--set-json' and rng.random() < 0.15:
            pairs = [Node('text', [rng.choice(['{"m":{"x":2}}', '{"l":null}', '{}', '[1]', '{"a":1} x', '{"a":'])])]
        flags.append(Node('item', [flag + ' ', *pairs, '\0']))
    return Node('root', flags)


# --- whole charts

PATHS = ['templates/a.yaml', 'templates/b.yaml', 'templates/z.yaml', 'templates/_h.tpl', 'templates/d/a.yaml', 'templates/d/_x.tpl', 'templates/NOTES.txt', 'templates/0.yaml', 'templates/Z.yaml', 'templates/b.txt', 'templates/a.yml', 'charts/s/templates/a.yaml', 'charts/s/templates/_h.tpl']


def chart(rng, values):
    """Files `PATH \\1 TEXT \\0`; names of templates are shared between them."""
    paths = rng.sample(PATHS, rng.choice([2, 2, 3, 3, 4]))
    files = [Node('keep', ['values.yaml\1', Node('lines', [values.text]), 's:\n  m1: {b: 9}\n  only: here\nglobal: {g: 1}\n', '\0'])]
    if any(path.startswith('charts/') for path in paths):
        files.append(Node('item', ['charts/s/Chart.yaml\1apiVersion: v2\nname: s\nversion: 0.2.0\n\0']))
        files.append(Node('item', ['charts/s/values.yaml\1s1: sub\nm1: {a: 7, b: 8}\nl1: [s]\n\0']))
    names = ['t', 'u', 'v']
    for path in paths:
        parts = []
        defined = rng.sample(names, rng.choice([0, 1, 1, 2]))
        for name in defined:
            draw = Draw(rng, values)
            parts.append(Node('item', [f'{{{{ define "{name}" }}}}', draw.body(1), '{{ end }}\n']))
        for index in range(rng.choice([0, 1, 2, 3])):
            draw = Draw(rng, values)
            draw.templates = names
            roll = rng.random()
            if roll < 0.3:
                parts.append(Node('item', [f'k{index}: ', '{{ include "', rng.choice(names), '" ', draw.expr('a', 0), ' | toJson }}\n']))
            elif roll < 0.5:
                where = rng.choice(['.Values', '.Values.m1', '.Values.m2', '.Values.global', '.Release', '.Chart', '.Values.s', '.Template', '.'])
                parts.append(Node('item', ['{{- $_ := ', rng.choice(['set', 'set', 'set', 'mergeOverwrite', 'unset']), ' ', where, ' "' + rng.choice(['a', 's1', 'm1', 'b', 'Name', 'only']) + '" ', draw.expr('a', 1), ' }}\n']))
            elif roll < 0.9:
                parts.append(Node('item', [f'k{index}: ', '{{ (', draw.pipe(2), ') | toJson }}\n']))
            else:
                parts.append(Node('item', [draw.body(1)]))
        if rng.random() < 0.15:
            parts.append(Node('item', [rng.choice(['---\n', '---\nx: 1\n', 'kind: Service\n', '---\nkind: ConfigMap\napiVersion: v1\nmetadata: {name: x}\n', '# c\n', '{{ .Values.nope }}\n', 'v: {{ .Values.nope }}\n', 'metadata:\n  name: n\n  annotations: {"helm.sh/hook": pre-install}\n', '- 1\n', 'x', 'a: b: c\n'])]))
        files.append(Node('item', [path + '\1', Node('body', parts), '\0']))
    return Node('root', files)


DRAW = {'template': template, 'syntax': syntax, 'yaml': yaml, 'values': yaml, 'set': set_flags, 'chart': chart}
