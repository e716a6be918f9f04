"""What the machine lets a test do to it, and small disks of a test's own.

The suite runs in namespaces of its own where it may make them: disks are mounted and lines laid
where nobody else sees them, and all of it goes with the last process.
"""

import fcntl
import os
import shutil
import socket
import struct
import subprocess
import sys
from collections.abc import Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path

MARK = "IOC_FAULTS_GROUNDS"
CLOCK = Path(__file__).with_name("clock.c")
SPARE = 4096
# linux/sockios.h, linux/if.h
GET_FLAGS, SET_FLAGS, UP = 0x8913, 0x8914, 0x1


@dataclass
class Disk:
    """A folder that may be a small file system; `device` where it is an image behind a loop."""

    path: Path
    is_own: bool
    device: str = ""

    def fill(self) -> Path:
        """Leave no byte free; return the file that takes it all, to be removed again."""
        ballast = self.path / "ballast"
        with ballast.open("ab", buffering=0) as file, suppress(OSError):
            while True:
                file.write(bytes(1 << 20))
        with ballast.open("ab", buffering=0) as file, suppress(OSError):
            while True:
                file.write(bytes(SPARE))
        return ballast


@dataclass(frozen=True)
class Grounds:
    """What can be tried on this machine: each is the reason why not, or empty."""

    mounts: str
    loops: str
    clock: str
    network: str
    library: str = ""

    def disk(self, path: Path, megabytes: int, stack: ExitStack) -> Disk:
        """Return a disk of so many megabytes at `path`; the plain folder where none can be made."""
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        if self.mounts:
            return Disk(path, is_own=False)
        if self.loops:
            _run("mount", "-t", "tmpfs", "-o", f"size={megabytes}m,mode=0700", "ioc-faults", path)
            stack.callback(_run, "umount", "-l", path)
            return Disk(path, is_own=True)
        image = path.with_name(f".{path.name}.img")
        with image.open("wb") as file:
            file.truncate(megabytes << 20)
        # No reserved blocks: root's last five per cent would hide that the disk is full.
        _run("mkfs.ext4", "-q", "-m", "0", "-O", "^has_journal", image)
        device = _run("losetup", "--find", "--show", image).strip()
        stack.callback(_run, "losetup", "--detach", device)
        _run("mount", "-o", "errors=remount-ro", device, path)
        stack.callback(_run, "umount", "-l", path)
        shutil.rmtree(path / "lost+found", ignore_errors=True)
        path.chmod(0o700)
        return Disk(path, is_own=True, device=device)

    def moved_clock(self, file: Path) -> dict[str, str]:
        """Return what lets the services go by the clock that a file of `set_clock` moves."""
        set_clock(file, 0)
        return {} if self.clock else {"LD_PRELOAD": self.library, "IOC_TEST_CLOCK": str(file)}


def set_clock(file: Path, seconds: int) -> None:
    """Let the clock that `file` moves be so many seconds ahead of the machine's."""
    with file.open("r+b" if file.exists() else "wb") as moved:
        moved.write(struct.pack("=q", seconds))


def make_read_only(disk: Disk) -> None:
    """Let the kernel do what it does at a disk's fault: everything open fails to write at once."""
    name = Path(disk.device).name
    Path(f"/sys/fs/ext4/{name}/trigger_fs_error").write_text("a test of faults\n")


def make_writable(disk: Disk) -> None:
    """Mount it again for writing, after the check that a fault asks for."""
    _run("umount", "-l", disk.path)
    subprocess.run(["e2fsck", "-fy", disk.device], capture_output=True, check=False)
    _run("mount", "-o", "errors=remount-ro", disk.device, disk.path)


def on_own_grounds(words: Sequence[str]) -> None:
    """Run this module's caller again in namespaces of its own, unless it is there already."""
    if os.environ.get(MARK):
        return
    mine = [] if os.geteuid() == 0 else ["--user", "--map-root-user"]
    for kinds in (("--mount", "--net"), ("--mount",)):
        wrapped = ["unshare", *mine, *kinds, "--propagation", "private"]
        if shutil.which("unshare") and _works([*wrapped, "true"]):
            os.environ[MARK] = " ".join(kinds)
            os.execvp("unshare", [*wrapped, sys.executable, "-m", *words])
    os.environ[MARK] = "shared"


def turn_network(*, is_on: bool) -> None:
    """Let every packet of this namespace go its way, or be lost without a word to anybody."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        asked = struct.pack("16sh14x", b"lo", 0)
        (flags,) = struct.unpack_from("h", fcntl.ioctl(any_socket, GET_FLAGS, asked), 16)
        flags = flags | UP if is_on else flags & ~UP
        fcntl.ioctl(any_socket, SET_FLAGS, struct.pack("16sh14x", b"lo", flags))


def survey(folder: Path) -> Grounds:
    """Return what can be tried here, by trying it."""
    library = _library(folder)
    clock = "" if library else "there is no C compiler here (apt-get install gcc libc6-dev)"
    kinds = os.environ.get(MARK, "")
    network = "" if "--net" in kinds else "no network namespace may be made here"
    if not network:
        turn_network(is_on=True)
    mounts = "" if "--mount" in kinds else "no mount namespace may be made here"
    probe = folder / "probe"
    probe.mkdir()
    if not mounts and not _works(["mount", "-t", "tmpfs", "none", str(probe)]):
        mounts = "nothing may be mounted here"
    if not mounts:
        _run("umount", probe)
    loops = "" if _can_loop() else "no disk image can be attached here (needs root and ext4)"
    return Grounds(mounts, mounts or loops, clock, network, library)


def _can_loop() -> bool:
    tools = all(map(shutil.which, ("losetup", "mkfs.ext4", "e2fsck")))
    return tools and os.access("/sys/fs/ext4", os.R_OK) and _works(["losetup", "--find"])


def _library(folder: Path) -> str:
    """Return the library that moves a process's clock, compiled; empty where it cannot be."""
    library, compiler = folder / "clock.so", shutil.which("cc") or shutil.which("gcc")
    if compiler and _works([compiler, "-shared", "-fPIC", "-O2", "-o", str(library), str(CLOCK)]):
        return str(library)
    return ""


def _works(command: Sequence[str]) -> bool:
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def _run(*command: str | Path) -> str:
    done = subprocess.run(
        [str(part) for part in command], capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise OSError(f"{command[0]}: {done.stderr.strip()}")
    return done.stdout
