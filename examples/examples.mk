# SPDX-License-Identifier: LGPL-2.1-or-later
# Installed to be read; the tests run what readers copy.
examplesdir = $(docdir)/examples
dist_examples_DATA = examples/agent-null-call.c examples/clnt-null-call.c

noinst_PROGRAMS += agent-null-call
agent_null_call_SOURCES = examples/agent-null-call.c
# Linked by the C++ compiler, which alone knows the run-time libraries that sanitizers need for a library in C++.
nodist_EXTRA_agent_null_call_SOURCES = rpc/cxx.cpp
agent_null_call_CPPFLAGS = -I$(top_srcdir)/rpc/include
agent_null_call_CFLAGS = $(AM_CFLAGS) -std=c11 -pedantic -D_DEFAULT_SOURCE
agent_null_call_LDADD = librpctls.la

noinst_PROGRAMS += clnt-null-call
clnt_null_call_SOURCES = examples/clnt-null-call.c
nodist_EXTRA_clnt_null_call_SOURCES = rpc/cxx.cpp
clnt_null_call_CPPFLAGS = -I$(top_srcdir)/rpc/include $(TIRPC_CFLAGS)
# libtirpc's routines are cast to xdrproc_t by everyone, rpcgen included.
clnt_null_call_CFLAGS = $(AM_CFLAGS) -std=c11 -pedantic -D_DEFAULT_SOURCE -Wno-cast-function-type
clnt_null_call_LDADD = librpctls.la $(TIRPC_LIBS)
