#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""What may listen where an NFS server is looked for, on port PORT of all addresses.

odd_server.py PORT MODE CERTIFICATE KEY
  tls12          agrees to the TLS probe, and then speaks TLS 1.2 only
  wrong-program  speaks TLS 1.3, and knows no NFS inside it
  wrong-usage    the same
  noise          answers whatever comes with a line of text
  deaf           takes connections and says nothing
"""
import socket, ssl, struct, sys, threading, time

TOKEN = b"\0\0\0\0\0\0\0\x08STARTTLS"
ACCEPTED, PROG_UNAVAIL = 0, 1


def read_record(stream):
    octets = b""
    while len(octets) < 4 or len(octets) < 4 + (struct.unpack(">I", octets[:4])[0] & 0x7FFFFFFF):
        more = stream.recv(4096)
        if not more:
            raise EOFError
        octets += more
    return octets


def answer(stream, call, verifier, status):
    message = call[4:8] + struct.pack(">II", 1, ACCEPTED) + verifier + struct.pack(">I", status)
    stream.sendall(struct.pack(">I", 0x80000000 | len(message)) + message)


def serve(client, mode, context):
    try:
        if mode == "deaf":
            time.sleep(60)
        call = read_record(client)
        if mode == "noise":
            client.sendall(b"220 mail.example ESMTP ready\r\n" * 4)
            return
        answer(client, call, TOKEN, 0)
        with context.wrap_socket(client, server_side=True) as inside:
            answer(inside, read_record(inside), b"\0" * 8, PROG_UNAVAIL)
            inside.recv(4096)
    except (OSError, EOFError):
        pass
    finally:
        client.close()


mode = sys.argv[2]
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(sys.argv[3], sys.argv[4])
context.set_alpn_protocols(["sunrpc"])
if mode == "tls12":
    context.maximum_version = ssl.TLSVersion.TLSv1_2
listener = socket.create_server(("", int(sys.argv[1])))
print("listening", flush=True)
while True:
    threading.Thread(target=serve, args=(listener.accept()[0], mode, context), daemon=True).start()
