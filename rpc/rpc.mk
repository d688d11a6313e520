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
include rpc/tls/engine/engine.mk
include rpc/tls/issuer.mk
include rpc/face/face.mk
include rpc/client/client.mk
include rpc/server/server.mk
include rpc/include/include.mk

# A source that does not exist makes automake link with the C++ compiler; the archive is taken whole.
lib_LTLIBRARIES = librpctls.la
librpctls_la_SOURCES =
nodist_EXTRA_librpctls_la_SOURCES = rpc/cxx.cpp
librpctls_la_LIBADD = librpctls-core.la
librpctls_la_LDFLAGS = $(AM_LDFLAGS) -version-info 0:0:0 -no-undefined \
	-Wl,--version-script=$(srcdir)/rpc/librpctls.map
EXTRA_librpctls_la_DEPENDENCIES = rpc/librpctls.map
EXTRA_DIST += rpc/librpctls.map

pkgconfigdir = $(libdir)/pkgconfig
pkgconfig_DATA = rpc/rpctls.pc
