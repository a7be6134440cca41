//! Draws templates and charts: every function of the table, with arguments of the types it asks for and others.
//!
//! In: random numbers. Out: texts that mostly parse, so that what runs them is reached.

use crate::bundle;
use chartwright::funcs;
use chartwright::value::Type;
use fastrand::Rng;

/// What stands for a text: words of all the languages that functions read.
const STRINGS: &[&str] = &[
    r#""""#,
    r#""a""#,
    r#""a,b,c""#,
    r#""true""#,
    r#""0""#,
    r#""-1""#,
    r#""1.5""#,
    r#""1e400""#,
    r#""08""#,
    r#""0x1F""#,
    r#""é日🦀""#,
    r#""\xff\xfe\x00""#,
    r#""a: 1\nb: [x]\n""#,
    r#""{\"a\": [1, null]}""#,
    r#""- a\n- b""#,
    r#""a: &x [*x]""#,
    r#""a = 1\n[b]\nc = 2024-01-02""#,
    r#""[[a.b]]\nc = {d = 1}""#,
    r#""(a)(b)?""#,
    r#""[a-z]+""#,
    r#""(?i)x*""#,
    r#""(a*)*""#,
    r#""(""#,
    r#""\\pL{2,}""#,
    r#""^$|.{1000}""#,
    r#""(?P<n>\\d+)""#,
    r#""${1}$n$$""#,
    r#""[[:alpha:]]""#,
    r#""1.2.3""#,
    r#""v1.2.3-rc.1+b""#,
    r#"">=1.2 <3 || ^0.0""#,
    r#""~1.x""#,
    r#""1.2 - 3""#,
    r#""99999999999999999999.0.0""#,
    r#""*""#,
    r#""2006-01-02T15:04:05Z07:00""#,
    r#""2024-02-29""#,
    r#""Mon Jan _2 __2 .000 MST""#,
    r#""Europe/Berlin""#,
    r#""1h2m3.5s""#,
    r#""-9223372036854775808ns""#,
    r#""9999999h""#,
    r#""https://u:p@[::1]:80/p%2f?q=1#f""#,
    r#""a/../../b.tar.gz""#,
    r#""/""#,
    r#""YWJj""#,
    r#""!!""#,
    r#""MFRGG===""#,
    r#""%s %d %v %#v %q %x""#,
    r#""%[2]*.[1]*f %!""#,
    r#""%999999d""#,
    r#""%.99999f""#,
    r#""string""#,
    r#""map""#,
    r#""*chart.File""#,
    r#""secret""#,
    r#""ECDSA""#,
    r#""rsa""#,
    r#""sha256""#,
    "`raw \\n`",
    r#""a.b""#,
    r#""\n""#,
    r#"" ""#,
    r#""\t x \r\n""#,
    r#""{{ . }}""#,
    r#""{{ include \"t\" . }}""#,
    r#""{{ define \"t\" }}{{ tpl \"{{ . }}\" . }}{{ end }}{{ template \"t\" . }}""#,
    r#""{{""#,
    r#""t""#,
    r#""*.yaml""#,
    r#""**/[a-z]*""#,
    r#""[""#,
    r#""v1""#,
    r#""Secret""#,
    r#""-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n""#,
    r#""-----BEGIN RSA PRIVATE KEY-----\nMAA=\n-----END RSA PRIVATE KEY-----\n""#,
];
const INTS: &[&str] = &[
    "0",
    "1",
    "2",
    "3",
    "-1",
    "7",
    "64",
    "100",
    "1000000",
    "9223372036854775807",
    "-9223372036854775808",
    "2147483648",
    "4294967296",
    "'a'",
    "0x7f",
    "18446744073709551615",
];
const FLOATS: &[&str] =
    &["0.0", "-0.0", "1.5", "-2.5", "1e308", "1e-320", "9007199254740993.0", "0.1", "1e19", "(divf 1 0)", "(divf 0 0)"];
const LISTS: &[&str] = &[
    "(list)",
    "(list 1 2 3)",
    r#"(list "b" nil 1.5 true)"#,
    "(list (list) (dict))",
    "(until 5)",
    r#"(splitList "," "a,,b")"#,
    ".Values.l",
    r#"(fromYamlArray "[1, a]")"#,
    "(untilStep 9 -9 -2)",
];
const DICTS: &[&str] = &[
    "(dict)",
    r#"(dict "a" 1)"#,
    r#"(dict "a" (dict "b" (list 1)))"#,
    r#"(dict "" nil)"#,
    ".Values",
    ".Values.m",
    ".Release",
    r#"(urlParse "http://h")"#,
    r#"(fromYaml "a: {b: 1}")"#,
    "$",
    r#"(set .Values "x" .Values)"#,
];
const ODD: &[&str] = &[
    "nil",
    ".",
    ".Values.nope",
    ".Chart",
    ".Files",
    ".Capabilities",
    ".Capabilities.APIVersions",
    ".Template",
    "$",
    "now",
    r#"(toDate "2006" "2024")"#,
    ".Values.l",
    ".Subcharts",
];
/// Shapes of what the manifests of a chart are made of.
const LINES: &[&str] = &[
    "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\ndata:\n",
    "kind: Service\n",
    "  a: ",
    "- ",
    "---\n",
    "# c\n",
    "{",
    "}",
    "[1, ",
    "spec:\n  replicas: ",
    "metadata: {name: ",
    "\n",
    "  ",
    "x: |\n  ",
    "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: d}\nspec:\n  template:\n    spec:\n      containers:\n      - name: c\n        image: ",
    "annotations: {helm.sh/hook: ",
    "kind: List\nitems:\n- ",
    "{ {",
    "\t",
];

/// A template text.
pub fn template(rng: &mut Rng) -> Vec<u8> {
    let mut draw = Draw { rng, left: 60, variables: 1, loops: 0 };
    let depth = draw.rng.u32(1..5);
    draw.body(depth).into_bytes()
}

/// Calls of functions, an action each.
pub fn calls(rng: &mut Rng) -> Vec<u8> {
    let mut draw = Draw { rng, left: 12, variables: 1, loops: 0 };
    let calls = draw.rng.u32(1..4);
    (0..calls).map(|_| format!("{{{{ {} }}}}", draw.pipe(1))).collect::<String>().into_bytes()
}

/// A chart with some templates, values, and sometimes a subchart.
pub fn chart(rng: &mut Rng) -> Vec<u8> {
    const VALUES: &[&str] = &[
        "m: {a: 1, b: {c: [x]}}\nl: [1, a, null, {b: 2}]\ns: text\nn: null\n",
        "s: '{{ include \"t\" . }}'\n",
        "x: !!binary aGk=\n",
        "a: &a {b: 1}\nc: {<<: *a}\n",
        "g:\n",
        "f: 1.5\ni: 10000000000000000000000\n",
        "global: {a: 1}\nsub: {enabled: false, s: 1}\n",
    ];
    let mut files = vec![("Chart.yaml".to_owned(), b"apiVersion: v2\nname: c\nversion: 0.1.0\n".to_vec())];
    let values: String = (0..rng.u32(1..4)).filter_map(|_| rng.choice(VALUES).copied()).collect();
    files.push(("values.yaml".to_owned(), values.into_bytes()));
    let helper = template(rng);
    files.push(("templates/_t.tpl".to_owned(), [b"{{ define \"t\" }}".as_slice(), &helper, b"{{ end }}"].concat()));
    for name in ["templates/a.yaml", "templates/b.yaml", "templates/NOTES.txt"].iter().take(rng.usize(1..4)) {
        files.push(((*name).to_owned(), template(rng)));
    }
    if rng.u32(0..6) == 0 {
        let head = "apiVersion: v2\nname: sub\nversion: 0.1.0\n";
        files.push(("charts/sub/Chart.yaml".to_owned(), head.into()));
        files.push(("charts/sub/templates/a.yaml".to_owned(), template(rng)));
        files[0].1.extend_from_slice(b"dependencies: [{name: sub, version: \"*\", condition: sub.enabled, import-values: [{child: m, parent: n}]}]\n");
    }
    bundle::text(files)
}

/// Draws one text. `left` bounds its size.
struct Draw<'r> {
    rng: &'r mut Rng,
    left: u32,
    /// `$v1` to this one are declared.
    variables: u32,
    loops: u32,
}

impl Draw<'_> {
    fn pick(&mut self, items: &[&str]) -> String {
        self.rng.choice(items).map_or_else(String::new, |item| (*item).to_owned())
    }

    fn one_in(&mut self, number: u32) -> bool {
        self.rng.u32(0..number) == 0
    }

    fn literal(&mut self, of: Type) -> String {
        match of {
            Type::Str => self.pick(STRINGS),
            Type::Int | Type::Int64 | Type::Duration => self.pick(INTS),
            Type::Float => self.pick(FLOATS),
            Type::Bool => self.pick(&["true", "false"]),
            Type::List | Type::Strings => self.pick(LISTS),
            Type::Dict => self.pick(DICTS),
            Type::Any | Type::Reflect | Type::Object(_) => {
                let pools = [STRINGS, INTS, FLOATS, LISTS, DICTS, ODD];
                let pool = self.rng.choice(pools).unwrap_or(ODD);
                self.pick(pool)
            }
        }
    }

    /// An operand, mostly of a type.
    fn operand(&mut self, of: Type, depth: u32) -> String {
        self.left = self.left.saturating_sub(1);
        let of = if self.one_in(12) { Type::Any } else { of };
        match self.rng.u32(0..10) {
            0..=3 if depth > 0 && self.left > 0 => format!("({})", self.pipe(depth - 1)),
            4 if self.variables > 1 => format!("$v{}", self.rng.u32(1..self.variables)),
            5 if of == Type::Any => self.pick(&[
                ".Values.m.a",
                ".Values.l",
                ".Values.s",
                "$.Values.m.b.c",
                ".a",
                ".Values.g.x",
                "(.Values.g).x",
            ]),
            _ => self.literal(of),
        }
    }

    fn call(&mut self, depth: u32, is_given: bool) -> String {
        match self.rng.u32(0..24) {
            0 => {
                return format!(
                    "include {} {}",
                    self.pick(&["\"t\"", "\"c/templates/a.yaml\"", "\"x\"", "\"\""]),
                    self.operand(Type::Any, depth)
                );
            }
            1 => return format!("tpl {} {}", self.operand(Type::Str, depth), self.pick(&[".", "$", "(dict)", "nil"])),
            2 => return format!("printf {} {}", self.format(), self.operand(Type::Any, depth)),
            3 if depth > 0 => return self.operand(Type::Any, depth),
            _ => {}
        }
        let rows = funcs::table().rows();
        let Some(row) = self.rng.choice(rows) else { return ".".to_owned() };
        let mut types: Vec<Type> = row.params.to_vec();
        if row.variadic
            && let Some(last) = types.pop()
        {
            types.extend(std::iter::repeat_n(last, self.rng.usize(0..4)));
        }
        if is_given && !types.is_empty() {
            types.pop();
        }
        match self.rng.u32(0..30) {
            0 => types.push(Type::Any),
            1 => drop(types.pop()),
            _ => {}
        }
        let mut text = row.name.to_owned();
        for of in types {
            text.push(' ');
            text.push_str(&self.operand(of, depth));
        }
        text
    }

    /// A format of printf.
    fn format(&mut self) -> String {
        let mut text = "\"".to_owned();
        for _ in 0..self.rng.u32(1..4) {
            text.push('%');
            for part in [
                &["", "", "+", "-", "#", "0", " ", "+#", "-0"] as &[_],
                &["", "", "5", "20", "*", "[1]", "[2]*", "1000001", "[9]"],
                &["", "", ".", ".0", ".3", ".*", ".20", ".[1]*"],
            ] {
                text.push_str(&self.pick(part));
            }
            text.push_str(&self.pick(&[
                "v", "d", "s", "q", "x", "X", "t", "T", "c", "U", "e", "f", "g", "G", "b", "o", "O", "p", "w", "%",
                "z", "é", "",
            ]));
        }
        text + "\""
    }

    fn pipe(&mut self, depth: u32) -> String {
        self.left = self.left.saturating_sub(1);
        let mut text = self.call(depth, false);
        while self.one_in(3) {
            text = format!("{text} | {}", self.call(depth.saturating_sub(1), true));
        }
        text
    }

    fn action(&mut self, text: &str) -> String {
        let (open, close) = (self.pick(&["{{ ", "{{", "{{- "]), self.pick(&[" }}", "}}", " -}}"]));
        format!("{open}{text}{close}")
    }

    fn body(&mut self, depth: u32) -> String {
        (0..self.rng.u32(1..5)).map(|_| self.statement(depth)).collect()
    }

    fn statement(&mut self, depth: u32) -> String {
        if self.left == 0 || depth == 0 {
            return self.pick(LINES);
        }
        match self.rng.u32(0..16) {
            0..=4 => {
                let pipe = self.pipe(depth);
                self.action(&pipe)
            }
            5..=7 => self.pick(LINES),
            8 => {
                let pipe = self.pipe(depth);
                let text = format!("$v{} := {pipe}", self.variables);
                self.variables += 1;
                self.action(&text)
            }
            9 if self.variables > 1 => {
                let text = format!("$v{} = {}", self.rng.u32(1..self.variables), self.pipe(depth));
                self.action(&text)
            }
            10 => self.block("if", depth),
            11 => self.block("with", depth),
            12 | 13 => {
                self.loops += 1;
                let text = self.block("range", depth);
                self.loops -= 1;
                text
            }
            14 if self.loops > 0 => {
                let word = self.pick(&["break", "continue"]);
                self.action(&word)
            }
            14 => {
                let variables = std::mem::replace(&mut self.variables, 1);
                let loops = std::mem::take(&mut self.loops);
                let open = self.action(&format!("block \"b{}\" .", self.left));
                let text = format!("{open}{}{}", self.body(depth - 1), self.action("end"));
                (self.variables, self.loops) = (variables, loops);
                text
            }
            _ => self.pick(&[
                "{{ template \"t\" . }}",
                "{{/* c */}}",
                "{{- /* c */ -}}",
                "{{ template \"x\" }}",
                "{{ $_ := set .Values \"k\" . }}",
                "{{ $_ := unset .Values \"m\" }}",
            ]),
        }
    }

    fn block(&mut self, word: &str, depth: u32) -> String {
        let variables = self.variables;
        let mut head = format!("{word} ");
        if word == "range" && self.rng.bool() {
            head.push_str(&format!("$v{}, $v{} := ", variables, variables + 1));
            self.variables += 2;
            head.push_str(&self.operand(Type::List, depth - 1));
        } else {
            head.push_str(&self.pipe(depth - 1));
        }
        let mut text = self.action(&head) + &self.body(depth - 1);
        if self.one_in(3) {
            text.push_str(&self.action("else"));
            text.push_str(&self.body(depth - 1));
        }
        self.variables = variables;
        text + &self.action("end")
    }
}
