# SPDX-License-Identifier: LGPL-2.1-or-later
# The handshake engine beneath a QUIC that was not written here: ngtcp2, of which each release has another API.
if HAVE_NGTCP2
check_PROGRAMS += unit_quic
TESTS += unit_quic
endif
unit_quic_SOURCES = tests/unit/main.cpp \
	tests/unit/quic/engine_quic_end.cpp tests/unit/quic/engine_quic_end.hpp \
	tests/unit/quic/gnutls_quic_end.cpp tests/unit/quic/gnutls_quic_end.hpp \
	tests/unit/quic/packet_keys.cpp tests/unit/quic/packet_keys.hpp \
	tests/unit/quic/quic_end.cpp tests/unit/quic/quic_end.hpp \
	tests/unit/quic/quic_test.cpp \
	tests/unit/tls/memory_transport.hpp \
	tests/unit/tls/session_fixture.hpp \
	tests/unit/tls/test_pki.cpp tests/unit/tls/test_pki.hpp
unit_quic_CPPFLAGS = $(UNIT_CPPFLAGS) $(GNUTLS_CFLAGS) $(NGTCP2_CFLAGS)
unit_quic_LDADD = $(UNIT_LDADD) $(GNUTLS_LIBS) $(NGTCP2_LIBS)
