"""Archives, and folders with more than files in them."""
import gzip
import os
import tarfile

from .common import HEAD, Attack, header, link, packed, pipe, tgz, zeros

GOOD = [("c/Chart.yaml", HEAD.encode()), ("c/templates/a.yaml", b"a: 1\n")]
LOOK = {"templates/a.yaml": 'a: {{ .Files.Get "files/l" | len }}\nb: {{ .Files.Get "../../etc/passwd" | quote }}\n'}


def nested(levels, copies):
    inner = tgz(GOOD)
    for _ in range(levels):
        inner = tgz([GOOD[0]] + [(f"c/charts/{n}.tgz", inner) for n in range(copies)])
    return inner


def many(count, name="c/files/x"):
    one = header(name).tobuf(tarfile.GNU_FORMAT)
    return gzip.compress(header("c/Chart.yaml", len(HEAD)).tobuf(tarfile.GNU_FORMAT) + HEAD.encode() + bytes(512 - len(HEAD)) + one * count + bytes(1024), 9)


def loops(folder):
    """A folder that is in itself, twice."""
    os.makedirs(folder / "c/files", exist_ok=True)
    os.symlink("..", folder / "c/files/up")
    os.symlink(".", folder / "c/files/here")


def deep(folder):
    os.makedirs(folder / "c", exist_ok=True)
    here = os.getcwd()
    os.chdir(folder / "c")
    for _ in range(1500):
        os.mkdir("d")
        os.chdir("d")
    os.chdir(here)


def sparse(name, size):
    def make(folder):
        path = folder / "c" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        with open(path, "wb") as file:
            file.truncate(size)
    return make


def attacks():
    yield packed("10 GB of zeros", lambda: zeros(10 << 30), "larger than the maximum size")
    yield packed("101 MB of zeros", lambda: zeros(101 << 20), "larger than the maximum size")
    yield packed("99 MB of zeros", lambda: zeros(99 << 20))
    yield packed("99 MB as a template", lambda: zeros(99 << 20, "c/templates/a.yaml"))
    yield packed("99 MB as values", lambda: zeros(99 << 20, "c/values.yaml"))
    yield packed("99 MB as Chart.yaml", lambda: zeros(99 << 20, "c/Chart.yaml"))
    yield packed("99 MB as a schema", lambda: zeros(99 << 20, "c/values.schema.json"))
    yield packed("99 MB as a CRD", lambda: zeros(99 << 20, "c/crds/a.yaml"))
    yield packed("99 MB as .helmignore", lambda: zeros(99 << 20, "c/.helmignore"))
    yield packed("99 MB as chartwright.yaml", lambda: zeros(99 << 20, "c/chartwright.yaml"))
    yield packed("99 MB as ci values", lambda: zeros(99 << 20, "c/ci/a-values.yaml"))
    yield packed("99 MB as a script", lambda: zeros(99 << 20, "c/files/a.sh"))
    yield packed("zeros in a zip in a zip", lambda: gzip.compress(zeros(99 << 20)))
    yield packed("zeros behind the tar", lambda: gzip.compress(gzip.decompress(tgz(GOOD)) + bytes(600 << 20)))
    yield packed("a million entries", lambda: many(1_000_000), "more than")
    yield packed("190,000 entries", lambda: many(190_000))
    yield packed("190,000 entries in folders", lambda: many(190_000, "c/charts/" + "a/" * 40 + "x"))
    yield packed("a million folders", lambda: gzip.compress(header("c/d/", kind=tarfile.DIRTYPE).tobuf(tarfile.GNU_FORMAT) * 1_000_000, 9))
    yield packed("a million gzip members", lambda: gzip.compress(b"") * 1_000_000)
    yield packed("archives in archives, doubling", lambda: nested(20, 2), "charts")
    yield packed("archives in archives, a hundred deep", lambda: nested(100, 1), "deeper")
    yield packed("thirty archives of 60 MB", lambda: tgz([GOOD[0]] + [(f"c/charts/{n}.tgz", zeros(60 << 20)) for n in range(30)]), "archive-ratio")
    yield packed("a name of 60 MB", lambda: gzip.compress(header("././@LongLink", 60 << 20, tarfile.GNUTYPE_LONGNAME).tobuf(tarfile.GNU_FORMAT) + b"c/" + b"x" * ((60 << 20) - 2) + header("x").tobuf()))
    yield packed("a pax header of 60 MB", lambda: gzip.compress(header("c/x", 60 << 20, tarfile.XHDTYPE).tobuf(tarfile.PAX_FORMAT) + b"30 path=aaaaaaaaaaaaaaaaaaaaa\n" * (2 << 20) + header("x").tobuf()))
    yield packed("a sparse file of 8 TB", lambda: sparse_tar(8 << 40))
    yield packed("a negative size", lambda: gzip.compress(corrupt_size(b"-1\x00")))
    yield packed("a size of 2^63", lambda: gzip.compress(corrupt_size(b"\x80" + bytes(3) + b"\x7f" + b"\xff" * 7)))
    for name in "c/../../../etc/x", "c//etc/x", "/etc/x", "../x", "c/..", r"c\..\..\x", "c/./../../x", "c/a/../../../x", "c/C:/x", "c/\x00x":
        yield packed(f"a file {name!r}", lambda name=name: tgz(GOOD + [(name, b"x")]))
    for kind, what in (tarfile.SYMTYPE, "symbolic"), (tarfile.LNKTYPE, "hard"), (tarfile.FIFOTYPE, "pipe"), (tarfile.CHRTYPE, "device"):
        yield packed(f"a {what} link to /etc/passwd in an archive", lambda kind=kind: tgz(GOOD + [(header("c/templates/b.yaml", kind=kind, link="/etc/passwd"), b"")]))
        yield packed(f"a {what} link to a folder in an archive", lambda kind=kind: tgz(GOOD + [(header("c/files", kind=kind, link="/etc"), b""), ("c/files/passwd", b"x")]))
    for target in "/dev/zero", "/dev/random", "/proc/kmsg", "/proc/self/mem", "/proc/self/fd/0", "/dev/stdin", "/dev/tty":
        yield Attack(f"a link to {target}", LOOK, make=link("files/l", target), want="rror")
        yield Attack(f"values.yaml is a link to {target}", LOOK, make=link("values.yaml", target), want="rror")
    yield Attack("a link to /etc/passwd", LOOK, make=link("files/l", "/etc/passwd"))
    yield Attack("a link to /", LOOK, make=link("files/l", "/"), want="rror")
    yield Attack("a link to /proc", LOOK, make=link("files/l", "/proc"), want="rror")
    yield Attack("a link to /sys", LOOK, make=link("files/l", "/sys"), want="rror")
    yield Attack("a link to /usr", LOOK, make=link("files/l", "/usr"), want="rror")
    yield Attack("a link to itself", LOOK, make=link("files/l", "l"), want="rror")
    yield Attack("a link to the folder above", LOOK, make=link("files/l", "../.."), want="rror")
    yield Attack("two links that double", LOOK, make=loops, want="rror")
    for name in "templates/p.yaml", "values.yaml", "Chart.yaml", ".helmignore", "values.schema.json", "chartwright.yaml", "ci/p-values.yaml", "crds/p.yaml", "charts/p.tgz":
        yield Attack(f"a pipe as {name}", LOOK, make=pipe(name), want="rror")
    yield Attack("folders, 1,500 deep", LOOK, make=deep, want="deeper")
    for name in "values.yaml", "templates/b.yaml", "Chart.yaml", "files/l", ".helmignore", "values.schema.json", "chartwright.yaml", "ci/p-values.yaml":
        yield Attack(f"a hole of 1 TB as {name}", LOOK, make=sparse(name, 1 << 40), want="rror")
        yield Attack(f"a hole of 90 MB as {name}", LOOK, make=sparse(name, 90 << 20))


def corrupt_size(field):
    block = bytearray(header("c/x").tobuf(tarfile.GNU_FORMAT))
    block[124:124 + len(field)] = field
    block[148:156] = b" " * 8
    block[148:156] = b"%06o\0 " % sum(block[:512])
    return bytes(block) + bytes(1024)


def sparse_tar(size):
    """GNU's header of a file that is almost all hole."""
    block = bytearray(header("c/x", 512, b"S").tobuf(tarfile.GNU_FORMAT))
    block[386:398] = b"%011o\0" % 0
    block[398:410] = b"%011o\0" % 512
    block[483:495] = b"\x80" + size.to_bytes(11, "big")
    block[148:156] = b" " * 8
    block[148:156] = b"%06o\0 " % sum(block[:512])
    return gzip.compress(bytes(block) + bytes(512 + 1024))
