# SPDX-License-Identifier: LGPL-2.1-or-later
# librpctls-core is what the programs and tests link: the whole library, internal faces included.
# librpctls is what is installed: the same code, exporting only the documented face (rpc/librpctls.map).
LIBRARY_CFLAGS = $(GNUTLS_CFLAGS) $(TIRPC_CFLAGS) $(KEYUTILS_CFLAGS) $(NL_CFLAGS)
LIBRARY_LIBS = $(GNUTLS_LIBS) $(TIRPC_LIBS) $(KEYUTILS_LIBS) $(NL_LIBS)

noinst_LTLIBRARIES = librpctls-core.la
librpctls_core_la_SOURCES =
librpctls_core_la_CPPFLAGS = $(AM_CPPFLAGS) $(LIBRARY_CFLAGS)
librpctls_core_la_LIBADD = $(LIBRARY_LIBS)

# From the bottom up: each layer includes only those before it (tests/architecture proves it).
include rpc/base/base.mk
include rpc/wire/wire.mk
include rpc/kernel/kernel.mk
include rpc/keys/keys.mk
include rpc/tls/tls.mk
include rpc/tls/issuer.mk
include rpc/client/client.mk
include rpc/server/server.mk
include rpc/include/include.mk
