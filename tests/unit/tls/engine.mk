# SPDX-License-Identifier: LGPL-2.1-or-later
check_PROGRAMS += unit_engine
TESTS += unit_engine
unit_engine_SOURCES = tests/unit/main.cpp \
	tests/unit/tls/engine_fixture.hpp \
	tests/unit/tls/engine_foreign_test.cpp \
	tests/unit/tls/engine_handshake_test.cpp \
	tests/unit/tls/engine_hostile_test.cpp \
	tests/unit/tls/engine_key_schedule_test.cpp \
	tests/unit/tls/engine_later_test.cpp \
	tests/unit/tls/engine_over_records.cpp tests/unit/tls/engine_over_records.hpp \
	tests/unit/tls/engine_record_layer_test.cpp \
	tests/unit/tls/engine_record_test.cpp \
	tests/unit/tls/engine_resumption_test.cpp \
	tests/unit/tls/memory_transport.hpp \
	tests/unit/tls/raw_peer.hpp \
	tests/unit/tls/rfc8448.hpp \
	tests/unit/tls/session_fixture.hpp \
	tests/unit/tls/test_pki.cpp tests/unit/tls/test_pki.hpp \
	tests/unit/tls/tls_tool.cpp tests/unit/tls/tls_tool.hpp
unit_engine_CPPFLAGS = $(UNIT_CPPFLAGS) $(GNUTLS_CFLAGS)
unit_engine_LDADD = $(UNIT_LDADD) $(GNUTLS_LIBS)
