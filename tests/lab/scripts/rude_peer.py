#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Peers that break off, trickle, or talk nonsense where a TLS handshake should be. The honest parts are OpenSSL's.

rude_peer.py clients HOST CA     each kind of rude client against nfsd, one after the other; a line for each
rude_peer.py servers PORT CERT KEY
                                 a rude NFS server of each kind on PORT and those that follow; prints KIND PORT lines
rude_peer.py trickle HOST CA SECONDS
                                 a whole handshake octet by octet, that long; then a NULL call

"""
import socket, ssl, struct, sys, threading, time

PROGRAM, VERSION = 100003, 4
TOKEN = b"\0\0\0\0\0\0\0\x08STARTTLS"
SINGLE = 200  # octets that go one by one
PATIENCE = 7  # nfsd waits 5 s for a handshake


def null_call(xid, flavor):
    body = struct.pack(">10I", xid, 0, 2, PROGRAM, VERSION, 0, flavor, 0, 0, 0)
    return struct.pack(">I", 0x80000000 | len(body)) + body


def exactly(stream, count):
    octets = b""
    while len(octets) < count:
        more = stream.recv(count - len(octets))
        if not more:
            raise OSError("the peer closed")
        octets += more
    return octets


def read_record(stream):
    return exactly(stream, struct.unpack(">I", exactly(stream, 4))[0] & 0x7fffffff)


def probed(host):
    stream = socket.create_connection((host, 2049), timeout=20)
    stream.sendall(null_call(1, 7))
    if read_record(stream)[12:28] != TOKEN:
        raise SystemExit("no TLS offered")
    return stream


def reset(stream):
    stream.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    stream.close()


class Hands:
    """OpenSSL's end of a handshake, its octets in our hands."""

    def __init__(self, context, **role):
        self.inbound, self.outbound = ssl.MemoryBIO(), ssl.MemoryBIO()
        self.session = context.wrap_bio(self.inbound, self.outbound, **role)

    def step(self):
        """Whether the handshake is done, and what is to be sent."""
        try:
            self.session.do_handshake()
            return True, self.outbound.read()
        except ssl.SSLWantReadError:
            return False, self.outbound.read()


def client_context(ca, version=ssl.TLSVersion.TLSv1_3):
    context = ssl.create_default_context(cafile=ca)
    context.minimum_version = context.maximum_version = version
    return context


def until_closed(stream):
    """Reads until the peer ends it; how long that took."""
    begun = time.monotonic()
    stream.settimeout(PATIENCE)
    try:
        while stream.recv(65536):
            pass
    except TimeoutError:
        return None
    except OSError:
        pass
    return time.monotonic() - begun


def clients(host, ca):
    def hello():
        return Hands(client_context(ca), server_hostname=host)

    def send_and_leave(share, leave):
        stream, hands = probed(host), hello()
        octets = hands.step()[1]
        stream.sendall(octets[:int(len(octets) * share)])
        leave(stream)

    def finished_and_leave(share, leave):
        stream, hands = probed(host), hello()
        done, octets = hands.step()
        while not done:
            stream.sendall(octets)
            hands.inbound.write(stream.recv(65536))
            done, octets = hands.step()
        stream.sendall(octets[:int(len(octets) * share)])
        leave(stream)

    def report(kind, answer):
        print(kind, answer, flush=True)

    for word, leave in (("fin", socket.socket.close), ("rst", reset)):
        for share in (0, 0.01, 0.5, 1):
            send_and_leave(share, leave)
            report("%s after %d%% of the ClientHello" % (word, 100 * share), "left")
        for share in (0, 0.5, 1):
            finished_and_leave(share, leave)
            report("%s after %d%% of the Finished" % (word, 100 * share), "left")

    def says(kind, *pieces):
        stream = probed(host)
        try:
            for piece in pieces:
                stream.sendall(piece)
        except OSError:
            pass
        took = until_closed(stream)
        report(kind, "kept" if took is None else "closed")
        stream.close()

    handshake_header = b"\x16\x03\x01"
    says("garbage", b"\xff" * 600)
    says("zeros", b"\0" * 600)
    says("plain text", b"GET / HTTP/1.0\r\n\r\n" * 20)
    says("a call in clear", null_call(2, 0))
    says("a record longer than records are", handshake_header + b"\xff\xff" + b"\x01" * 70000)
    says("an empty record", (handshake_header + b"\0\0") * 2000)
    says("an alert", b"\x15\x03\x03\0\x02\x02\x28")
    says("application data", b"\x17\x03\x03\x01\0" + b"\x55" * 256)
    record = handshake_header + b"\x40\0"
    says("a ClientHello of 16 MiB", record + b"\x01\xff\xff\xff" + b"\x03" * 16380,
         *[record + b"\x03" * 16384 for _ in range(255)])
    says("TLS 1.2", Hands(client_context(ca, ssl.TLSVersion.TLSv1_2), server_hostname=host).step()[1])


def trickle(host, ca, seconds):
    stream, hands = probed(host), Hands(client_context(ca), server_hostname=host)
    stream.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    done, octets = hands.step()
    pause = float(seconds) / SINGLE
    while True:
        # A slow machine cannot pause for so short a time as often as a long ClientHello has octets.
        for octet in octets[:SINGLE]:
            stream.sendall(bytes((octet,)))
            time.sleep(pause)
        stream.sendall(octets[SINGLE:])
        if done:
            break
        hands.inbound.write(stream.recv(65536))
        done, octets = hands.step()
        pause = 0
    hands.session.write(null_call(2, 0))
    stream.sendall(hands.outbound.read())
    while True:
        hands.inbound.write(stream.recv(65536))
        try:
            reply = hands.session.read(65536)
            break
        except ssl.SSLWantReadError:
            continue
    print("answered" if reply[4:12] == struct.pack(">2I", 2, 1) else "no answer")


def servers(port, certificate, key):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    context.num_tickets = 0
    context.load_cert_chain(certificate, key)

    def flight(stream):
        hands = Hands(context, server_side=True)
        hands.inbound.write(stream.recv(65536))
        return hands.step()[1]

    def partial(share, leave):
        def act(stream):
            octets = flight(stream)
            stream.sendall(octets[:int(len(octets) * share)])
            leave(stream)
        return act

    def says(*pieces):
        def act(stream):
            stream.recv(65536)
            for piece in pieces:
                stream.sendall(piece)
            until_closed(stream)
        return act

    def drip(stream):
        stream.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for octet in flight(stream):
            stream.sendall(bytes((octet,)))
            time.sleep(0.0005)
        stream.recv(65536)
        stream.close()

    record = b"\x16\x03\x03\x40\0"
    kinds = {
        "fin-at-once": socket.socket.close,
        "rst-at-once": reset,
        "fin-after-hello": partial(0, socket.socket.close),
        "rst-after-hello": partial(0, reset),
        "fin-in-flight": partial(0.5, socket.socket.close),
        "rst-in-flight": partial(0.5, reset),
        "fin-after-flight": partial(1, socket.socket.close),
        "rst-after-flight": partial(1, reset),
        "garbage": says(b"\xff" * 600),
        "clear-text": says(b"\x80\0\0\x18" + b"\0" * 24),
        "record-too-long": says(b"\x16\x03\x03\xff\xff" + b"\x02" * 70000),
        "message-too-long": says(record + b"\x02\xff\xff\xff" + b"\x03" * 16380, *[record + b"\x03" * 16384] * 255),
        "alert": says(b"\x15\x03\x03\0\x02\x02\x28"),
        "one-octet-at-a-time": drip,
    }

    def serve(listener, act):
        while True:
            stream, _ = listener.accept()
            try:
                stream.settimeout(10)
                call = read_record(stream)
                stream.sendall(b"\x80\0\0\x20" + call[:4] + b"\0\0\0\1" + b"\0\0\0\0" + TOKEN + b"\0\0\0\0")
                act(stream)
                stream.close()
            except OSError:
                pass

    for number, (kind, act) in enumerate(kinds.items()):
        listener = socket.create_server(("127.0.0.1", int(port) + number))
        threading.Thread(target=serve, args=(listener, act), daemon=True).start()
        print(kind, int(port) + number, flush=True)
    print("ready", flush=True)
    time.sleep(600)


{"clients": clients, "trickle": trickle, "servers": servers}[sys.argv[1]](*sys.argv[2:])
