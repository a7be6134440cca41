"""What an attack is: files, a command line, and what the answer must hold."""
import gzip
import io
import os
import pathlib
import tarfile

HEAD = "apiVersion: v2\nname: c\nversion: 0.1.0\n"
SCHEMA = "values.schema.json"


class Attack:
    """`files` go into a chart `c`; `make` writes what no file can say: links, pipes, archives. `want` is a part of what
    the commands must answer; without it they may also succeed. Rendering and linting are both tried unless `commands`
    says otherwise; `args` go to each."""

    def __init__(self, name, files=None, make=None, args=(), want=None, commands=("template", "lint"), chart="c"):
        self.name, self.files, self.make = name, files or {}, make
        self.args, self.want, self.commands, self.chart = list(args), want, commands, chart

    def write(self, folder):
        for name, data in {"Chart.yaml": HEAD, **self.files}.items():
            path = folder / "c" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            data = data() if callable(data) else data
            path.write_bytes(data.encode() if isinstance(data, str) else data)
        if self.make:
            self.make(folder)


def template(name, text, want=None, **more):
    """One template, in a chart that has values of all sorts."""
    more.setdefault("files", {})
    return Attack(name, files={"templates/a.yaml": text, **more.pop("files")}, want=want, **more)


def header(name, size=0, kind=tarfile.REGTYPE, link=""):
    entry = tarfile.TarInfo(name)
    entry.size, entry.type, entry.linkname = size, kind, link
    return entry


def tgz(files, level=9):
    """A gzipped tar of (name, bytes) or (TarInfo, bytes)."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz", compresslevel=level, format=tarfile.GNU_FORMAT) as archive:
        for name, data in files:
            archive.addfile(name if isinstance(name, tarfile.TarInfo) else header(name, len(data)), io.BytesIO(data))
    return out.getvalue()


def packed(name, make, want=None, **more):
    """A chart in an archive; `make` gives its bytes."""
    return Attack(name, make=lambda folder: (folder / "c.tgz").write_bytes(make()), chart="c.tgz", want=want, **more)


def zeros(size, name="c/files/zeros"):
    """A tar of one file of zeros, gzipped as it is written: no such file need exist in memory."""
    out = io.BytesIO()
    with gzip.GzipFile(fileobj=out, mode="wb", compresslevel=9) as zipped:
        for entry, data in ((header("c/Chart.yaml", len(HEAD)), HEAD.encode()), (header(name, size), None)):
            zipped.write(entry.tobuf(tarfile.GNU_FORMAT))
            if data is not None:
                zipped.write(data + bytes(-len(data) % 512))
                continue
            left, block = size, bytes(1 << 20)
            while left > 0:
                zipped.write(block[:left])
                left -= len(block)
        zipped.write(bytes(1024))
    return out.getvalue()


def link(name, target):
    """A symbolic link in the chart."""
    def make(folder):
        path = folder / "c" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.symlink_to(target)
    return make


def pipe(name):
    """A named pipe in the chart, that nobody writes to."""
    def make(folder):
        path = pathlib.Path(folder) / "c" / name
        path.unlink(missing_ok=True)
        path.parent.mkdir(parents=True, exist_ok=True)
        os.mkfifo(path)
    return make


def laughs(levels=12, width=10, key="a"):
    """A billion laughs: every line names the one before many times."""
    lines = [f"{key}0: &a0 [{', '.join(['x'] * width)}]"]
    lines += [f"{key}{n}: &a{n} [{', '.join([f'*a{n - 1}'] * width)}]" for n in range(1, levels)]
    return "\n".join(lines) + "\n"
