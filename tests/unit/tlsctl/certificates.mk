# SPDX-License-Identifier: LGPL-2.1-or-later
check_PROGRAMS += unit_certificates
TESTS += unit_certificates
unit_certificates_SOURCES = tests/unit/main.cpp \
	tests/unit/tls/test_pki.cpp tests/unit/tls/test_pki.hpp \
	tests/unit/tlsctl/check_test.cpp \
	tests/unit/tlsctl/revocation_test.cpp \
	tests/unit/tlsctl/run.hpp tests/unit/tlsctl/tree.hpp
unit_certificates_CPPFLAGS = $(UNIT_CPPFLAGS) $(GNUTLS_CFLAGS)
unit_certificates_LDADD = libtlsctl.la $(UNIT_LDADD) $(GNUTLS_LIBS)
