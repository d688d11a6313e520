# SPDX-License-Identifier: LGPL-2.1-or-later
# Installed to be read; the tests run what readers copy.
examplesdir = $(docdir)/examples
dist_examples_DATA = examples/agent-null-call.c \
	examples/tally.x examples/tally-client.c examples/tally-server.c examples/clnt-null-call.c
dist_examples_DATA += examples/tally-connection.cpp

noinst_PROGRAMS += agent-null-call
agent_null_call_SOURCES = examples/agent-null-call.c
# Linked by the C++ compiler, which alone knows the run-time libraries that sanitizers need for a library in C++.
nodist_EXTRA_agent_null_call_SOURCES = rpc/cxx.cpp
agent_null_call_CPPFLAGS = -I$(top_srcdir)/rpc/include
agent_null_call_CFLAGS = $(AM_CFLAGS) -std=c11 -pedantic -D_DEFAULT_SOURCE
agent_null_call_LDADD = librpctls.la

dist_examples_DATA += examples/tally-server.cpp

noinst_PROGRAMS += clnt-null-call
clnt_null_call_SOURCES = examples/clnt-null-call.c
nodist_EXTRA_clnt_null_call_SOURCES = rpc/cxx.cpp
clnt_null_call_CPPFLAGS = -I$(top_srcdir)/rpc/include $(TIRPC_CFLAGS)
# libtirpc's routines are cast to xdrproc_t by everyone, rpcgen included.
clnt_null_call_CFLAGS = $(AM_CFLAGS) -std=c11 -pedantic -D_DEFAULT_SOURCE -Wno-cast-function-type
clnt_null_call_LDADD = librpctls.la $(TIRPC_LIBS)

# A program as rpcgen makes it, and the line that makes it speak TLS on either side.
if BUILD_TESTS
TALLY = examples/generated/tally.h examples/generated/tally_clnt.c examples/generated/tally_svc.c \
	examples/generated/tally_xdr.c
BUILT_SOURCES += $(TALLY)
CLEANFILES += $(TALLY) examples/generated/tally.x

# rpcgen writes the name of its input into what it makes, and nothing over a file that is there.
examples/generated/tally.x: $(srcdir)/examples/tally.x
	$(AM_V_GEN)$(MKDIR_P) examples/generated && cp $(srcdir)/examples/tally.x $@
examples/generated/tally.h: examples/generated/tally.x
	$(AM_V_GEN)cd examples/generated && rm -f tally.h && $(RPCGEN) -h -o tally.h tally.x
examples/generated/tally_clnt.c: examples/generated/tally.h
	$(AM_V_GEN)cd examples/generated && rm -f tally_clnt.c && $(RPCGEN) -l -o tally_clnt.c tally.x
examples/generated/tally_svc.c: examples/generated/tally.h
	$(AM_V_GEN)cd examples/generated && rm -f tally_svc.c && $(RPCGEN) -m -o tally_svc.c tally.x
examples/generated/tally_xdr.c: examples/generated/tally.h
	$(AM_V_GEN)cd examples/generated && rm -f tally_xdr.c && $(RPCGEN) -c -o tally_xdr.c tally.x

TALLY_CPPFLAGS = -I$(top_srcdir)/rpc/include -Iexamples/generated $(TIRPC_CFLAGS)
# What rpcgen writes has unused variables and casts of its own.
TALLY_CFLAGS = $(AM_CFLAGS) -std=c11 -D_DEFAULT_SOURCE -Wno-unused -Wno-cast-function-type -Wno-shadow

noinst_PROGRAMS += tally-server tally-client
tally_server_SOURCES = examples/tally-server.c
nodist_tally_server_SOURCES = examples/generated/tally_svc.c examples/generated/tally_xdr.c
nodist_EXTRA_tally_server_SOURCES = rpc/cxx.cpp
tally_server_CPPFLAGS = $(TALLY_CPPFLAGS)
tally_server_CFLAGS = $(TALLY_CFLAGS)
tally_server_LDADD = librpctls.la $(TIRPC_LIBS)

tally_client_SOURCES = examples/tally-client.c
nodist_tally_client_SOURCES = examples/generated/tally_clnt.c examples/generated/tally_xdr.c
nodist_EXTRA_tally_client_SOURCES = rpc/cxx.cpp
tally_client_CPPFLAGS = $(TALLY_CPPFLAGS)
tally_client_CFLAGS = $(TALLY_CFLAGS)
tally_client_LDADD = librpctls.la $(TIRPC_LIBS)

# The same server in C++.
noinst_PROGRAMS += tally-server-cxx
tally_server_cxx_SOURCES = examples/tally-server.cpp
nodist_tally_server_cxx_SOURCES = examples/generated/tally_xdr.c
tally_server_cxx_CPPFLAGS = $(TALLY_CPPFLAGS)
tally_server_cxx_CFLAGS = $(TALLY_CFLAGS)
tally_server_cxx_LDADD = librpctls.la $(TIRPC_LIBS)
noinst_PROGRAMS += tally-connection
tally_connection_SOURCES = examples/tally-connection.cpp
tally_connection_CPPFLAGS = $(TALLY_CPPFLAGS)
tally_connection_LDADD = librpctls.la $(TIRPC_LIBS)
$(tally_server_cxx_OBJECTS) $(tally_server_OBJECTS) $(tally_client_OBJECTS) $(tally_connection_OBJECTS): examples/generated/tally.h
endif
