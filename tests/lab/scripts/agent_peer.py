#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The other end of a handshake, by OpenSSL, so that rpctlsd is not its own witness.

agent_peer.py null HOST CA [CERT KEY]     probe nfsd, TLS, then a NULL call inside; prints the suite
agent_peer.py plain HOST                  one NULL call in clear; prints the seconds until its answer
agent_peer.py stall HOST COUNT SECONDS [SOURCES]
                                          probe nfsd COUNT times and then say nothing, from SOURCES addresses
agent_peer.py proxy PORT CERT KEY         an NFS server over TLS on PORT: passes on to nfsd on 2049 in clear
agent_peer.py ask JSON                    one request on the agent's control socket; prints the answer

The suite comes from $SUITE, e.g. TLS_CHACHA20_POLY1305_SHA256.
"""
import os, select, socket, ssl, struct, sys, tempfile, threading, time

PROGRAM, VERSION = 100003, 4
TOKEN = b"\0\0\0\0\0\0\0\x08STARTTLS"


def choose_suite():
    # Python's ssl module has no word for the suites of TLS 1.3; OpenSSL's own configuration has.
    if "SUITE" in os.environ and "OPENSSL_CONF" not in os.environ:
        with tempfile.NamedTemporaryFile("w", delete=False) as conf:
            conf.write("openssl_conf=a\n[a]\nssl_conf=b\n[b]\nsystem_default=c\n[c]\nCiphersuites=%s\n"
                       % os.environ["SUITE"])
        os.environ["OPENSSL_CONF"] = conf.name
        os.execv(sys.executable, [sys.executable] + sys.argv)


def null_call(xid, flavor):
    body = struct.pack(">10I", xid, 0, 2, PROGRAM, VERSION, 0, flavor, 0, 0, 0)
    return struct.pack(">I", 0x80000000 | len(body)) + body


def read_record(stream):
    def exactly(count):
        octets = b""
        while len(octets) < count:
            more = stream.recv(count - len(octets))
            if not more:
                raise SystemExit("the peer closed")
            octets += more
        return octets
    mark = struct.unpack(">I", exactly(4))[0]
    return exactly(mark & 0x7fffffff)


def probed(host, source=None):
    stream = socket.create_connection((host, 2049), timeout=20, source_address=source)
    stream.sendall(null_call(1, 7))
    if read_record(stream)[12:28] != TOKEN:
        raise SystemExit("no TLS offered")
    return stream


def null(host, ca, *pair):
    context = ssl.create_default_context(cafile=ca)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    if pair:
        context.load_cert_chain(*pair)
    with context.wrap_socket(probed(host), server_hostname=host) as stream:
        for xid in range(2, 12):
            stream.sendall(null_call(xid, 0))
            if struct.unpack(">2I", read_record(stream)[:8]) != (xid, 1):
                raise SystemExit("not the reply to the call")
        print(stream.cipher()[0])


def plain(host):
    begun = time.monotonic()
    with socket.create_connection((host, 2049), timeout=20) as stream:
        stream.sendall(null_call(1, 0))
        if struct.unpack(">2I", read_record(stream)[:8]) != (1, 1):
            raise SystemExit("not the reply to the call")
    print("%.3f" % (time.monotonic() - begun))


def stall(host, count, seconds, sources=None):
    def one(i):
        return probed(host, ("127.0.1.%d" % (i % int(sources) + 1), 0) if sources else None)
    streams = [one(i) for i in range(int(count))]
    print("stalled", len(streams), flush=True)
    time.sleep(float(seconds))


def relay(plain, context):
    try:
        call = read_record(plain)
        plain.sendall(b"\x80\0\0\x20" + call[:4] + b"\0\0\0\1" + b"\0\0\0\0" + TOKEN + b"\0\0\0\0")
        stream = context.wrap_socket(plain, server_side=True)
    except (OSError, SystemExit) as failure:
        print("refused", failure, flush=True)
        return
    print("session", stream.cipher()[0], flush=True)
    backend = socket.create_connection(("127.0.0.1", 2049))
    # One SSL object is not for two threads at once: both directions take turns here.
    stream.setblocking(False)
    backend.setblocking(False)
    inbound, outbound = b"", b""
    while True:
        select.select([stream, backend], [], [], 0.2 if stream.pending() == 0 else 0)
        for source in (stream, backend):
            try:
                octets = source.recv(65536)
                if not octets:
                    return
                if source is stream:
                    inbound += octets
                else:
                    outbound += octets
            except (ssl.SSLWantReadError, BlockingIOError):
                pass
        try:
            if inbound:
                inbound = inbound[backend.send(inbound):]
            if outbound:
                outbound = outbound[stream.send(outbound):]
        except (ssl.SSLWantWriteError, BlockingIOError):
            pass


def proxy(port, certificate, key):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    context.num_tickets = 0
    context.load_cert_chain(certificate, key)
    listener = socket.create_server(("127.0.0.1", int(port)))
    print("listening", flush=True)
    while True:
        stream, _ = listener.accept()
        threading.Thread(target=relay, args=(stream, context), daemon=True).start()


def ask(request):
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as stream:
        stream.settimeout(5)
        stream.connect("/run/rpctls/agent.sock")
        stream.send(request.encode())
        print(stream.recv(65536).decode())


choose_suite()
{"null": null, "plain": plain, "stall": stall, "proxy": proxy, "ask": ask}[sys.argv[1]](*sys.argv[2:])
