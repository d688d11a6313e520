#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""A program without keys: rpctlsd performs its handshakes, the kernel does the rest. By the C face of librpctls.

service_caller.py client NAME ADDRESS PORT WORDS [IDENTITY]   handshake, sends the words, prints what comes back
service_caller.py server PORT [IDENTITY]                      handshakes one client at a time, echoes what it sends

IDENTITY: a name, "configured" or "none". A server requires a certificate of its clients when $REQUIRE is set.
"""
import ctypes, os, socket, sys, time

lib = ctypes.CDLL("librpctls.so.0")
for name in ("rpctls_agent_request_new", "rpctls_last_error"):
    getattr(lib, name).restype = ctypes.c_void_p
for name in ("rpctls_error_name", "rpctls_error_message", "rpctls_session_cipher",
             "rpctls_session_peer_subject", "rpctls_session_peer_spki",
             "rpctls_session_peer_dns_name", "rpctls_session_peer_tag"):
    getattr(lib, name).restype = ctypes.c_char_p
lib.rpctls_session_channel_binding.restype = ctypes.POINTER(ctypes.c_ubyte)


def failure():
    error = ctypes.c_void_p(lib.rpctls_last_error())
    ended = " ended" if lib.rpctls_error_connection_ended(error) else " untouched"
    return lib.rpctls_error_name(error).decode() + ended + ": " + lib.rpctls_error_message(error).decode()


def check(code):
    if code != 0:
        raise SystemExit(failure())


def request_of(role, identity):
    request = ctypes.c_void_p(lib.rpctls_agent_request_new(role))
    if identity == "configured":
        check(lib.rpctls_agent_request_set_configured_identity(request))
    elif identity != "none":
        check(lib.rpctls_agent_request_set_identity(request, identity.encode()))
    return request


def account(session):
    size = ctypes.c_size_t()
    binding = lib.rpctls_session_channel_binding(session, ctypes.byref(size))
    name = lib.rpctls_session_peer_dns_name(session, ctypes.c_size_t(0)) or b"-"
    tag = lib.rpctls_session_peer_tag(session, ctypes.c_size_t(0)) or b"-"
    return "peer %s dns %s tag %s spki %s binding %s %s" % (
        lib.rpctls_session_peer_subject(session).decode(), name.decode(), tag.decode(),
        lib.rpctls_session_peer_spki(session).decode() or "-", bytes(binding[:size.value]).hex(),
        lib.rpctls_session_cipher(session).decode())


def client(name, address, port, words, identity="none"):
    request = request_of(1, identity)
    check(lib.rpctls_agent_request_set_server_name(request, name.encode()))
    check(lib.rpctls_agent_request_set_timeout(request, 5000))
    stream = socket.create_connection((address, int(port)))
    session = ctypes.c_void_p()
    check(lib.rpctls_agent_handshake(stream.fileno(), request, ctypes.byref(session)))
    print(account(session), flush=True)
    for word in words.split(","):
        if word.startswith("wait:"):  # for a file to be there
            while not os.path.exists(word[5:]):
                time.sleep(0.1)
            continue
        stream.sendall(word.encode())
        print("echo", stream.recv(4096).decode(), flush=True)


def server(port, identity="configured"):
    request = request_of(2, identity)
    if os.environ.get("REQUIRE"):
        check(lib.rpctls_agent_request_set_client_certificate_required(request, 1))
    listener = socket.create_server(("127.0.0.1", int(port)))
    print("listening", flush=True)
    while True:
        stream, _ = listener.accept()
        session = ctypes.c_void_p()
        if lib.rpctls_agent_handshake(stream.fileno(), request, ctypes.byref(session)) != 0:
            print("refused", failure(), flush=True)
            stream.close()
            continue
        print(account(session), flush=True)
        try:
            while octets := stream.recv(4096):
                stream.sendall(octets)
        except OSError as ended:
            print("ended", ended, flush=True)
        stream.close()


{"client": client, "server": server}[sys.argv[1]](*sys.argv[2:])
