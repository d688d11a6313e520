# SPDX-License-Identifier: LGPL-2.1-or-later
check_PROGRAMS += unit_server
TESTS += unit_server
unit_server_SOURCES = tests/unit/main.cpp tests/unit/octets.hpp \
	tests/unit/server/reception_test.cpp
unit_server_CPPFLAGS = $(UNIT_CPPFLAGS) $(GNUTLS_CFLAGS)
unit_server_LDADD = $(UNIT_LDADD) $(GNUTLS_LIBS)
