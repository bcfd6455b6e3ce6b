"""The system calls that a preview may make, and the filter that refuses every other one.

What Landlock does not see is refused here: sockets, UDP, unix sockets, signals to others, tracing, programs,
new processes, owners, modes and times of files. A call that is not in the table fails; nothing is looked up.
"""

from __future__ import annotations

import ctypes
import errno
import os
import platform
from typing import Any

#: (operation, how far on if true, how far if false, value)
Line = tuple[int, int, int, int]

# name:x86_64:aarch64, from the kernel's own headers (unistd_64.h, asm-generic/unistd.h).
ALLOWED = """
read:0:63 write:1:64 close:3:57 stat:4:- fstat:5:80 lstat:6:- newfstatat:262:79 statx:332:291 poll:7:-
ppoll:271:73 select:23:- pselect6:270:72 lseek:8:62 mmap:9:222 mprotect:10:226 munmap:11:215 mremap:25:216
brk:12:214 madvise:28:233 mincore:27:232 msync:26:227 rt_sigaction:13:134 rt_sigprocmask:14:135
rt_sigreturn:15:139 rt_sigpending:127:136 rt_sigsuspend:130:133 rt_sigtimedwait:128:137 sigaltstack:131:132
pread64:17:67 pwrite64:18:68 readv:19:65 writev:20:66 preadv:295:69 pwritev:296:70 preadv2:327:286
pwritev2:328:287 access:21:- faccessat:269:48 faccessat2:439:439 pipe:22:- pipe2:293:59 sched_yield:24:124
dup:32:23 dup2:33:- dup3:292:24 pause:34:- nanosleep:35:101 clock_nanosleep:230:115 getitimer:36:102
setitimer:38:103 alarm:37:- getpid:39:172 gettid:186:178 getppid:110:173 sendfile:40:71
copy_file_range:326:285 recvfrom:45:207 recvmsg:47:212 shutdown:48:210 getsockname:51:204 getpeername:52:205
getsockopt:55:209 exit:60:93 exit_group:231:94 wait4:61:260 waitid:247:95 uname:63:160 flock:73:32
fsync:74:82 fdatasync:75:83 ftruncate:77:46 fallocate:285:47 getdents:78:- getdents64:217:61 getcwd:79:17
chdir:80:49 fchdir:81:50 rename:82:- renameat:264:38 renameat2:316:276 mkdir:83:- mkdirat:258:34 rmdir:84:-
creat:85:- link:86:- linkat:265:37 unlink:87:- unlinkat:263:35 symlink:88:- symlinkat:266:36 readlink:89:-
readlinkat:267:78 umask:95:166 gettimeofday:96:169 getrlimit:97:163 getrusage:98:165 sysinfo:99:179
times:100:153 getuid:102:174 getgid:104:176 geteuid:107:175 getegid:108:177 getpgrp:111:- getpgid:121:155
getsid:124:156 getgroups:115:158 getresuid:118:148 getresgid:120:150 capget:125:90 statfs:137:43
fstatfs:138:44 getpriority:140:141 sched_getparam:143:121 sched_getscheduler:145:120
sched_get_priority_max:146:125 sched_get_priority_min:147:126 sched_rr_get_interval:148:127
sched_getaffinity:204:123 sched_getattr:315:275 arch_prctl:158:- getxattr:191:8 lgetxattr:192:9
fgetxattr:193:10 listxattr:194:11 llistxattr:195:12 flistxattr:196:13 readahead:187:213 fadvise64:221:223
time:201:- futex:202:98 futex_waitv:449:449 futex_wake:454:454 futex_wait:455:455 futex_requeue:456:456
epoll_create:213:- epoll_create1:291:20 epoll_ctl:233:21 epoll_wait:232:- epoll_pwait:281:22
epoll_pwait2:441:441 set_tid_address:218:96 set_robust_list:273:99 get_robust_list:274:100
timer_create:222:107 timer_settime:223:110 timer_gettime:224:108 timer_getoverrun:225:109
timer_delete:226:111 clock_gettime:228:113 clock_getres:229:114 get_mempolicy:239:236 open:2:- openat:257:56
signalfd:282:- signalfd4:289:74 eventfd:284:- eventfd2:290:19 timerfd_create:283:85 timerfd_settime:286:86
timerfd_gettime:287:87 getcpu:309:168 getrandom:318:278 membarrier:324:283 rseq:334:293
pkey_mprotect:329:288 pkey_alloc:330:289 pkey_free:331:290 restart_syscall:219:128
"""
#: Allowed by their arguments only, or refused in a way that the C library knows how to go on from.
BY_ARGUMENT = """
clone:56:220 clone3:435:435 sendto:44:206 socketpair:53:199 kill:62:129 tgkill:234:131 prlimit64:302:261
prctl:157:167 ioctl:16:29 fcntl:72:25 truncate:76:45 openat2:437:437
"""
_ARCHES = {"x86_64": (0xC000003E, 1), "aarch64": (0xC00000B7, 2)}
_ALLOW, _ERRNO, _KILL = 0x7FFF0000, 0x00050000, 0x80000000
_LOAD, _JEQ, _JGT, _JGE, _AND, _RET = 0x20, 0x15, 0x25, 0x35, 0x54, 0x06
#: Threads, in no namespace of their own; a process is not made.
_THREAD, _THREAD_OR_SPACE = 0x00010000, 0x7E030000
_IOCTLS = (0x541B, 0x5421, 0x5450, 0x5451)  # FIONREAD FIONBIO FIONCLEX FIOCLEX
_FCNTLS = (0, 1, 2, 3, 4, 5, 6, 7, 36, 37, 38, 1030, 1032)  # copies, flags, locks; nobody is sent a signal
_PRCTLS = (3, 15, 16, 0x53564D41)  # dumpable?, the thread's name, the name of a mapping
_NEWEST = 470


class _Instruction(ctypes.Structure):
    _fields_ = (
        ("code", ctypes.c_uint16),
        ("jt", ctypes.c_uint8),
        ("jf", ctypes.c_uint8),
        ("k", ctypes.c_uint32),
    )


class _Program(ctypes.Structure):
    _fields_ = (("len", ctypes.c_uint16), ("filter", ctypes.POINTER(_Instruction)))


def unknown_machine() -> str:
    """Why there is no table for this machine; empty where there is one."""
    machine = platform.machine()
    if machine not in _ARCHES or ctypes.sizeof(ctypes.c_void_p) != 8:
        return f"there is no list of system calls for this processor ({machine or 'unknown'})"
    return ""


def _numbers(table: str, column: int) -> dict[str, int]:
    found: dict[str, int] = {}
    for entry in table.split():
        parts = entry.split(":")
        if parts[column] != "-":
            found[parts[0]] = int(parts[column])
    return found


def _runs(numbers: list[int]) -> list[tuple[int, int]]:
    """The first and the last of each row of neighbours."""
    out: list[tuple[int, int]] = []
    for number in numbers:
        first = out.pop()[0] if out and out[-1][1] == number - 1 else number
        out.append((first, number))
    return out


def call_filter(landlock: int, pid: int) -> list[Line]:
    """The filter's instructions ``(code, jt, jf, k)``, for a kernel of this Landlock version and this process."""
    arch, column = _ARCHES[platform.machine()]
    known = _numbers(BY_ARGUMENT, column)
    allowed = _numbers(ALLOWED, column)
    allow = (_RET, 0, 0, _ALLOW)

    def no(error: int) -> Line:
        return (_RET, 0, 0, _ERRNO | error)

    def argument(index: int, high: bool = False) -> Line:
        return (_LOAD, 0, 0, 16 + 8 * index + 4 * high)

    def one_of(index: int, values: tuple[int, ...], error: int) -> list[Line]:
        checks = [argument(index)]
        for value in values:
            checks += [(_JEQ, 0, 1, value), allow]
        return [*checks, no(error)]

    out: list[Line] = [(_LOAD, 0, 0, 4), (_JEQ, 1, 0, arch), (_RET, 0, 0, _KILL), (_LOAD, 0, 0, 0)]
    out += [(_JGE, 0, 1, _NEWEST), no(errno.ENOSYS)]
    blocks: dict[str, list[Line]] = {
        "clone": [argument(0), (_AND, 0, 0, _THREAD_OR_SPACE), (_JEQ, 0, 1, _THREAD), allow, no(errno.EPERM)],
        "clone3": [no(errno.ENOSYS)],
        "openat2": [no(errno.ENOSYS)],
        # Without an address: what is sent stays in the pair.
        "sendto": [argument(4), (_JEQ, 0, 3, 0), argument(4, True), (_JEQ, 0, 1, 0), allow, no(errno.EPERM)],
        "socketpair": one_of(0, (1,), errno.EPERM),
        "kill": one_of(0, (pid,), errno.EPERM),
        "tgkill": one_of(0, (pid,), errno.EPERM),
        "prlimit64": [argument(2), (_JEQ, 0, 3, 0), argument(2, True), (_JEQ, 0, 1, 0), allow, no(errno.EPERM)],
        "prctl": one_of(0, _PRCTLS, errno.EPERM),
        "ioctl": one_of(1, _IOCTLS, errno.ENOTTY),
        "fcntl": one_of(1, _FCNTLS, errno.EPERM),
        "truncate": [allow if landlock >= 3 else no(errno.EPERM)],
    }  # fmt: skip
    if landlock < 3:
        # Landlock does not know of emptying a file yet: what is opened to read is not emptied.
        for name, index in (("open", 1), ("openat", 2)):
            if name in allowed:
                known[name] = allowed.pop(name)
                masked = os.O_ACCMODE | os.O_TRUNC
                emptied = (_JEQ, 0, 1, os.O_TRUNC)
                blocks[name] = [argument(index), (_AND, 0, 0, masked), emptied, no(errno.EACCES), allow]
    for name, number in known.items():
        out += [(_JEQ, 0, len(blocks[name]), number), *blocks[name]]
    # Neighbours together: the kernel reads the filter through once for every number there is.
    for first, last in _runs(sorted(allowed.values())):
        out += [(_JGE, 0, 2, first), (_JGT, 1, 0, last), allow]
    return [*out, no(errno.EPERM)]


def install(libc: Any, landlock: int) -> None:
    """From here on this thread and those it makes call nothing else. OSError where the kernel refuses that."""
    lines = call_filter(landlock, os.getpid())
    array = (_Instruction * len(lines))(*[_Instruction(*line) for line in lines])
    program = _Program(len(lines), ctypes.cast(array, ctypes.POINTER(_Instruction)))
    if libc.prctl(22, 2, ctypes.byref(program), 0, 0):  # PR_SET_SECCOMP, SECCOMP_MODE_FILTER
        raise OSError(ctypes.get_errno(), "the filter of system calls was refused")
