#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""A service manager for one agent, as far as sd_notify(3) goes: keeps the descriptors it is given, counts its pings.

agent_manager.py FOLDER PROGRAM [ARGS]    SIGHUP starts the agent anew, SIGTERM ends both
The folder gets `notes` (what the agent said, one line each) and `pid` (of the agent).
"""
import array, os, select, signal, socket, sys

folder, command = sys.argv[1], sys.argv[2:]
os.makedirs(folder, exist_ok=True)
address = os.path.join(folder, "notify")
notify = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
notify.bind(address)
notes = open(os.path.join(folder, "notes"), "a", buffering=1)
kept, wanted = [], {"again": False, "end": False}
signal.signal(signal.SIGHUP, lambda *_: wanted.update(again=True))
signal.signal(signal.SIGTERM, lambda *_: wanted.update(end=True))
wake_read, wake_write = os.pipe()
os.set_blocking(wake_write, False)
signal.set_wakeup_fd(wake_write)
signal.signal(signal.SIGCHLD, lambda *_: None)


def start():
    child = os.fork()
    if child == 0:
        environment = dict(os.environ, NOTIFY_SOCKET=address, WATCHDOG_USEC="900000", FDSTORE="1")
        if kept:
            os.dup2(kept[0], 3)
            environment.update(LISTEN_FDS="1", LISTEN_PID=str(os.getpid()), LISTEN_FDNAMES="handshake")
        os.execvpe(command[0], command, environment)
    with open(os.path.join(folder, "pid"), "w") as file:
        print(child, file=file)
    return child


def listen(timeout):
    ready = select.select([notify, wake_read], [], [], timeout)[0]
    if wake_read in ready:
        os.read(wake_read, 100)
    if notify not in ready:
        return
    text, ancillary, _, _ = notify.recvmsg(4096, socket.CMSG_SPACE(16))
    for level, kind, data in ancillary:
        if level == socket.SOL_SOCKET and kind == socket.SCM_RIGHTS:
            given = list(array.array("i", data[:len(data) // 4 * 4]))
            if kept:
                [os.close(one) for one in given]
            else:
                kept.extend(given)
    for line in text.decode().splitlines():
        print(line, file=notes)


child = start()
while True:
    listen(1)
    gone = os.waitpid(child, os.WNOHANG)[0] == child
    if wanted["end"] or (gone and not wanted["again"]):
        if not gone:
            os.kill(child, signal.SIGTERM)
            os.waitpid(child, 0)
        sys.exit(0)
    if wanted["again"]:
        wanted["again"] = False
        if not gone:
            os.kill(child, signal.SIGTERM)
            os.waitpid(child, 0)
        print("AGAIN", file=notes)
        # Long enough for requests to come while no agent runs.
        signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGHUP])
        select.select([], [], [], float(os.environ.get("PAUSE", "1")))
        signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGHUP])
        child = start()
