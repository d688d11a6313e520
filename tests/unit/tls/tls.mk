# SPDX-License-Identifier: LGPL-2.1-or-later
check_PROGRAMS += unit_tls
TESTS += unit_tls
unit_tls_SOURCES = tests/unit/main.cpp \
	tests/unit/tls/certificate_faults_test.cpp \
	tests/unit/tls/certificate_test.cpp \
	tests/unit/tls/channel_test.cpp \
	tests/unit/tls/client_filter_test.cpp \
	tests/unit/tls/control_records_test.cpp \
	tests/unit/tls/credentials_test.cpp \
	tests/unit/tls/diagnosis_test.cpp \
	tests/unit/tls/ktls_test.cpp \
	tests/unit/tls/memory_transport.hpp \
	tests/unit/tls/library_log_test.cpp \
	tests/unit/tls/nvme_psk_test.cpp \
	tests/unit/tls/peer_name_test.cpp \
	tests/unit/tls/protocol_test.cpp \
	tests/unit/tls/policy_test.cpp \
	tests/unit/tls/preferred_identity_test.cpp \
	tests/unit/tls/psk_test.cpp \
	tests/unit/tls/raw_peer.hpp \
	tests/unit/tls/server_pins_test.cpp \
	tests/unit/tls/session_fixture.hpp \
	tests/unit/tls/session_resumption_test.cpp \
	tests/unit/tls/session_test.cpp \
	tests/unit/tls/settings_test.cpp \
	tests/unit/tls/tcp_pair.hpp \
	tests/unit/tls/test_pki.cpp tests/unit/tls/test_pki.hpp \
	tests/unit/tls/verification_test.cpp
unit_tls_CPPFLAGS = $(UNIT_CPPFLAGS) $(GNUTLS_CFLAGS)
unit_tls_LDADD = $(UNIT_LDADD) $(GNUTLS_LIBS)
