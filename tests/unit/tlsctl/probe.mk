# SPDX-License-Identifier: LGPL-2.1-or-later
check_PROGRAMS += unit_probe
TESTS += unit_probe
unit_probe_SOURCES = tests/unit/main.cpp tests/unit/octets.hpp \
	tests/unit/client/preflight_fixture.hpp \
	tests/unit/client/scripted_peer.hpp \
	tests/unit/client/tls_peer.hpp \
	tests/unit/tls/test_pki.cpp tests/unit/tls/test_pki.hpp \
	tests/unit/tlsctl/probe_test.cpp
unit_probe_CPPFLAGS = $(UNIT_CPPFLAGS) $(GNUTLS_CFLAGS)
unit_probe_LDADD = libtlsctl.la $(UNIT_LDADD) $(GNUTLS_LIBS)
