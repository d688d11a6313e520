# SPDX-License-Identifier: LGPL-2.1-or-later
check_PROGRAMS += unit_client
TESTS += unit_client
unit_client_SOURCES = tests/unit/main.cpp tests/unit/octets.hpp \
	tests/unit/client/agent_control_test.cpp \
	tests/unit/client/agent_handshake_test.cpp \
	tests/unit/client/fake_agent.hpp \
	tests/unit/client/c_error_test.cpp \
	tests/unit/client/connect_test.cpp \
	tests/unit/client/known_servers_test.cpp \
	tests/unit/client/preflight_clear_test.cpp \
	tests/unit/client/preflight_fixture.hpp \
	tests/unit/client/preflight_tls_test.cpp \
	tests/unit/client/resolve_test.cpp \
	tests/unit/client/scripted_peer.hpp \
	tests/unit/client/starttls_test.cpp \
	tests/unit/client/tls_hs_test.cpp \
	tests/unit/client/tls_peer.hpp \
	tests/unit/tls/tls_tool.cpp tests/unit/tls/tls_tool.hpp \
	tests/unit/tls/test_pki.cpp tests/unit/tls/test_pki.hpp
unit_client_CPPFLAGS = $(UNIT_CPPFLAGS) $(GNUTLS_CFLAGS)
unit_client_LDADD = $(UNIT_LDADD) $(GNUTLS_LIBS) $(KEYUTILS_LIBS)

check_PROGRAMS += unit_clnt
TESTS += unit_clnt
unit_clnt_SOURCES = tests/unit/main.cpp tests/unit/octets.hpp \
	tests/unit/client/clnt_call_test.cpp \
	tests/unit/client/clnt_fixture.hpp \
	tests/unit/client/clnt_probe_test.cpp \
	tests/unit/client/clnt_session_test.cpp \
	tests/unit/client/preflight_fixture.hpp \
	tests/unit/client/scripted_peer.hpp \
	tests/unit/client/tls_peer.hpp \
	tests/unit/tls/test_pki.cpp tests/unit/tls/test_pki.hpp
unit_clnt_CPPFLAGS = $(UNIT_CPPFLAGS) -I$(top_srcdir)/rpc/include $(GNUTLS_CFLAGS) $(TIRPC_CFLAGS)
unit_clnt_LDADD = $(UNIT_LDADD) $(GNUTLS_LIBS) $(TIRPC_LIBS)

check_PROGRAMS += unit_connection
TESTS += unit_connection
unit_connection_SOURCES = tests/unit/main.cpp tests/unit/octets.hpp \
	tests/unit/client/call_engine_test.cpp \
	tests/unit/client/clnt_fixture.hpp \
	tests/unit/client/connection_test.cpp \
	tests/unit/client/preflight_fixture.hpp \
	tests/unit/client/scripted_peer.hpp \
	tests/unit/client/tls_peer.hpp \
	tests/unit/tls/test_pki.cpp tests/unit/tls/test_pki.hpp
unit_connection_CPPFLAGS = $(UNIT_CPPFLAGS) -I$(top_srcdir)/rpc/include $(GNUTLS_CFLAGS) $(TIRPC_CFLAGS)
unit_connection_LDADD = $(UNIT_LDADD) $(GNUTLS_LIBS) $(TIRPC_LIBS)

# The C face as a program outside this tree meets it: C11, the installed header and library, nothing else.
check_PROGRAMS += c_face_test
TESTS += c_face_test
c_face_test_SOURCES = tests/unit/client/c_face_test.c
# Linked by the C++ compiler, which alone knows the run-time libraries that sanitizers need for a library in C++.
nodist_EXTRA_c_face_test_SOURCES = rpc/cxx.cpp
c_face_test_CPPFLAGS = -I$(top_srcdir)/rpc/include $(TIRPC_CFLAGS)
c_face_test_CFLAGS = $(AM_CFLAGS) -std=c11 -pedantic -D_DEFAULT_SOURCE
c_face_test_LDADD = librpctls.la $(TIRPC_LIBS)
