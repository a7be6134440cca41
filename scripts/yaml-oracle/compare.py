#!/usr/bin/env python3
"""Compares Go's and our reading of YAML files, as they are and with random bytes changed.

usage: compare.py GO_ORACLE OUR_ORACLE ROUNDS SEED DIRECTORY...
"""
import os, random, subprocess, sys, tempfile, collections

go, ours, rounds, seed = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
files = []
for top in sys.argv[5:]:
    for folder, _, names in os.walk(top):
        files += [os.path.join(folder, n) for n in names if n.endswith((".yaml", ".yml", ".json", ".tpl", ".txt"))]
files.sort()
random.seed(seed)
PIECES = [b" ", b"\n", b"\t", b":", b": ", b"- ", b"-", b"#", b" #", b"'", b'"', b"[", b"]", b"{", b"}", b",", b"&a ", b"*a",
          b"!", b"!!str ", b"|", b">", b"%", b"@", b"`", b"?", b"? ", b"<<: ", b"\\", b"---", b"...", b"\r\n", b"\xc2\x85",
          b"\xe2\x80\xa8", b"\xef\xbb\xbf", b"\x00", b"\xff", b"0", b"1_0", b".5", b"~", b"null", b"yes", b"1e3", b"0x1f",
          b"  ", b"\n\n", b"\n  ", b"|-\n", b">+2\n", b"\\x41", b"\\u00e9", "é".encode(), "😀".encode(), b".inf"]

def mutate(text):
    text = bytearray(text)
    if len(text) > 3000:
        # A window of whole lines keeps the damage near the start.
        at = random.randrange(len(text) - 2000)
        at = text.rfind(b"\n", 0, at) + 1
        text = text[at:at + random.choice((300, 900, 2500))]
    for _ in range(random.choice((1, 1, 2, 4))):
        at = random.randrange(len(text) + 1)
        kind = random.randrange(3)
        if kind == 0:
            text[at:at] = random.choice(PIECES)
        elif kind == 1:
            del text[at:at + random.choice((1, 1, 2, 5))]
        else:
            text[at:at + 1] = random.choice(PIECES)
    return bytes(text)

def answers(program, names):
    out = subprocess.run([program], input="\n".join(names) + "\n", capture_output=True, text=True, check=True).stdout
    found = {}
    for line in out.splitlines():
        kind, _, rest = line.partition("\t")
        if kind == "file":
            name = rest
            found[name] = []
        else:
            found[name].append((kind, rest))
    return found

with tempfile.TemporaryDirectory(dir=os.environ.get("KEEP")) as folder:
    names = list(files)
    texts = {}
    for r in range(rounds):
        for i, name in enumerate(files):
            path = f"{folder}/{r}-{i}"
            data = mutate(open(name, "rb").read())
            with open(path, "wb") as out:
                out.write(data)
            texts[path] = data
            names.append(path)
    a, b = answers(go, names), answers(ours, names)
    differ = collections.Counter()
    shown = 0
    for name in names:
        if a[name] != b[name]:
            if a[name] and a[name][0][0] == "panic":
                differ["go panics"] += 1
                continue
            kinds = [x for x, y in zip(a[name], b[name]) if x != y]
            differ[(kinds or a[name])[0][0]] += 1
            if shown < int(os.environ.get("SHOW", "8")):
                shown += 1
                print("DIFFERS", name)
                for x, y in zip(a[name], b[name]):
                    if x != y:
                        print("  go  ", x[0], bytes.fromhex(x[1])[:300])
                        print("  ours", y[0], bytes.fromhex(y[1])[:300])
                        break
                if os.environ.get("KEEPDIR") and name in texts:
                    with open(os.path.join(os.environ["KEEPDIR"], os.path.basename(name)), "wb") as out:
                        out.write(texts[name])
    errors = sum(1 for n in names if a[n] and a[n][0][0] == "error")
    print(f"{len(names)} documents ({errors} of them errors), differing: {sum(differ.values())} {dict(differ)}")
