#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Somebody on the way between an NFS client and nfsd on port 2049, on port PORT of all addresses.

middlebox.py PORT MODE
  strip     denies the TLS probe in nfsd's name and passes all else on, in clear
  untoken   accepts the probe without the token, and passes all else on
  reset     resets the connection when the probe has come
  close     closes it then
  stall     says nothing more then
  garbage   answers the probe with noise
  hello     agrees to TLS, then answers the ClientHello with noise
  mute      agrees to TLS, then says nothing more
  count     passes everything on, and prints for each connection how often the client asked and the server answered
  slow      passes everything on, but what the server answers inside the first session's TLS six seconds late
"""
import os, socket, struct, sys, threading, time

TOKEN = b"\0\0\0\0\0\0\0\x08STARTTLS"


def exactly(stream, count):
    octets = b""
    while len(octets) < count:
        more = stream.recv(count - len(octets))
        if not more:
            raise EOFError
        octets += more
    return octets


def read_record(stream):
    mark = exactly(stream, 4)
    return mark + exactly(stream, struct.unpack(">I", mark)[0] & 0x7fffffff)


def reply(call, body):
    message = call[4:8] + struct.pack(">I", 1) + body
    return struct.pack(">I", 0x80000000 | len(message)) + message


def pour(source, sink, before=lambda: None):
    """Passes on what comes until one end closes; before() is called ahead of each piece."""
    try:
        while octets := source.recv(65536):
            before()
            sink.sendall(octets)
    except OSError:
        pass
    for stream in (source, sink):
        try:
            stream.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass


def end(client, mode, call):
    """What becomes of a connection whose probe is not passed on."""
    if mode == "garbage":
        client.sendall(os.urandom(200))
    if mode in ("hello", "mute"):
        client.sendall(reply(call, b"\0\0\0\0" + TOKEN + b"\0\0\0\0"))
    if mode == "hello":
        client.recv(4096)
        client.sendall(b"\x16\x03\x03\x01\x00" + os.urandom(256))
    if mode in ("stall", "mute"):
        time.sleep(60)
    if mode == "reset":
        client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    client.close()


class Delay:
    """Of the server's pieces, after the client's second one: that is the end of its handshake."""

    def __init__(self, seconds):
        self.seconds, self.pieces, self.until = seconds, 0, 0

    def heard_client(self):
        self.pieces += 1
        if self.pieces == 2:
            self.until = time.monotonic() + self.seconds

    def hold_server(self):
        time.sleep(max(0, self.until - time.monotonic()))


class Count:
    """How often the server begins to speak after the client did."""

    def __init__(self):
        self.asked, self.turns = True, 0

    def heard_client(self):
        self.asked = True

    def hold_server(self):
        if self.asked:
            self.turns += 1
        self.asked = False


def serve(client, mode, first):
    try:
        while True:
            call = read_record(client)
            if mode in ("slow", "count"):
                break
            if struct.unpack(">I", call[28:32])[0] != 7:
                break
            if mode == "strip":
                client.sendall(reply(call, struct.pack(">III", 1, 1, 2)))  # denied, AUTH_ERROR, AUTH_REJECTEDCRED
            elif mode == "untoken":
                client.sendall(reply(call, struct.pack(">IIII", 0, 0, 0, 0)))
            else:
                return end(client, mode, call)
        server = socket.create_connection(("127.0.0.1", 2049))
        server.sendall(call)
        watch = Count() if mode == "count" else Delay(6 if mode == "slow" and first else 0)
        back = threading.Thread(target=pour, args=(server, client, watch.hold_server), daemon=True)
        back.start()
        pour(client, server, watch.heard_client)
        back.join()
        if mode == "count":
            print("turns", watch.turns, flush=True)
    except (OSError, EOFError):
        client.close()


listener = socket.create_server(("", int(sys.argv[1])))
print("listening", flush=True)
first = True
while True:
    threading.Thread(target=serve, args=(listener.accept()[0], sys.argv[2], first), daemon=True).start()
    first = False
