# SPDX-License-Identifier: LGPL-2.1-or-later
# Each target reads octets that strangers may write. NAME.in/ holds seeds, NAME.repro/ every input that once crashed it;
# make check replays both with an ordinary compiler, --enable-fuzzing (clang) makes fuzz_NAME a libFuzzer program:
#   ./configure --enable-fuzzing --enable-sanitizers=address,undefined CC=clang CXX=clang++
#   make fuzz_record && ./fuzz_record -max_total_time=120 corpus tests/fuzz/record.in
EXTRA_DIST += tests/fuzz/control_records.in tests/fuzz/tls_hs_keyring.in
EXTRA_DIST += \
	tests/fuzz/agent_handshake.in tests/fuzz/bundle.in tests/fuzz/call.in tests/fuzz/certificate.in \
	tests/fuzz/certificate_request.in tests/fuzz/connection.in tests/fuzz/engine.in tests/fuzz/error_json.in \
	tests/fuzz/exports.in tests/fuzz/host_port.in tests/fuzz/ini.in tests/fuzz/psk.in tests/fuzz/psk_record.in \
	tests/fuzz/reception.in tests/fuzz/record.in tests/fuzz/reply.in tests/fuzz/revocation.in tests/fuzz/starttls.in
FUZZ_REPLAY = tests/fuzz/fuzz.hpp tests/fuzz/replay.cpp

check_PROGRAMS += fuzz_replay_agent_handshake
TESTS += fuzz_replay_agent_handshake
fuzz_replay_agent_handshake_SOURCES = tests/fuzz/agent_handshake_fuzz.cpp $(FUZZ_REPLAY)
fuzz_replay_agent_handshake_CPPFLAGS = $(AM_CPPFLAGS) -DFUZZ_TARGET='"$(abs_top_srcdir)/tests/fuzz/agent_handshake"'
fuzz_replay_agent_handshake_LDADD = librpctls-core.la

check_PROGRAMS += fuzz_replay_bundle
TESTS += fuzz_replay_bundle
fuzz_replay_bundle_SOURCES = tests/fuzz/bundle_fuzz.cpp $(FUZZ_REPLAY)
fuzz_replay_bundle_CPPFLAGS = $(AM_CPPFLAGS) -DFUZZ_TARGET='"$(abs_top_srcdir)/tests/fuzz/bundle"'
fuzz_replay_bundle_LDADD = librpctls-core.la

check_PROGRAMS += fuzz_replay_call
TESTS += fuzz_replay_call
fuzz_replay_call_SOURCES = tests/fuzz/call_fuzz.cpp $(FUZZ_REPLAY)
fuzz_replay_call_CPPFLAGS = $(AM_CPPFLAGS) -DFUZZ_TARGET='"$(abs_top_srcdir)/tests/fuzz/call"'
fuzz_replay_call_LDADD = librpctls-core.la

check_PROGRAMS += fuzz_replay_certificate
TESTS += fuzz_replay_certificate
fuzz_replay_certificate_SOURCES = tests/fuzz/certificate_fuzz.cpp $(FUZZ_REPLAY)
fuzz_replay_certificate_CPPFLAGS = $(AM_CPPFLAGS) -DFUZZ_TARGET='"$(abs_top_srcdir)/tests/fuzz/certificate"'
fuzz_replay_certificate_LDADD = librpctls-core.la

check_PROGRAMS += fuzz_replay_certificate_request
TESTS += fuzz_replay_certificate_request
fuzz_replay_certificate_request_SOURCES = tests/fuzz/certificate_request_fuzz.cpp $(FUZZ_REPLAY)
fuzz_replay_certificate_request_CPPFLAGS = $(AM_CPPFLAGS) -DFUZZ_TARGET='"$(abs_top_srcdir)/tests/fuzz/certificate_request"'
fuzz_replay_certificate_request_LDADD = librpctls-core.la

check_PROGRAMS += fuzz_replay_connection
TESTS += fuzz_replay_connection
fuzz_replay_connection_SOURCES = tests/fuzz/connection_fuzz.cpp $(FUZZ_REPLAY)
fuzz_replay_connection_CPPFLAGS = $(AM_CPPFLAGS) -DFUZZ_TARGET='"$(abs_top_srcdir)/tests/fuzz/connection"'
fuzz_replay_connection_LDADD = librpctls-core.la

check_PROGRAMS += fuzz_replay_control_records
TESTS += fuzz_replay_control_records
fuzz_replay_control_records_SOURCES = tests/fuzz/control_records_fuzz.cpp $(FUZZ_REPLAY)
fuzz_replay_control_records_CPPFLAGS = $(AM_CPPFLAGS) -DFUZZ_TARGET='"$(abs_top_srcdir)/tests/fuzz/control_records"'
fuzz_replay_control_records_LDADD = librpctls-core.la

check_PROGRAMS += fuzz_replay_engine
TESTS += fuzz_replay_engine
fuzz_replay_engine_SOURCES = tests/fuzz/engine_fuzz.cpp $(FUZZ_REPLAY)
fuzz_replay_engine_CPPFLAGS = $(AM_CPPFLAGS) $(GNUTLS_CFLAGS) -DFUZZ_TARGET='"$(abs_top_srcdir)/tests/fuzz/engine"'
fuzz_replay_engine_LDADD = librpctls-core.la $(GNUTLS_LIBS)

check_PROGRAMS += fuzz_replay_error_json
TESTS += fuzz_replay_error_json
fuzz_replay_error_json_SOURCES = tests/fuzz/error_json_fuzz.cpp $(FUZZ_REPLAY)
fuzz_replay_error_json_CPPFLAGS = $(AM_CPPFLAGS) -DFUZZ_TARGET='"$(abs_top_srcdir)/tests/fuzz/error_json"'
fuzz_replay_error_json_LDADD = librpctls-core.la

check_PROGRAMS += fuzz_replay_exports
TESTS += fuzz_replay_exports
fuzz_replay_exports_SOURCES = tests/fuzz/exports_fuzz.cpp $(FUZZ_REPLAY)
fuzz_replay_exports_CPPFLAGS = $(AM_CPPFLAGS) -DFUZZ_TARGET='"$(abs_top_srcdir)/tests/fuzz/exports"'
fuzz_replay_exports_LDADD = librpctls-core.la

check_PROGRAMS += fuzz_replay_host_port
TESTS += fuzz_replay_host_port
fuzz_replay_host_port_SOURCES = tests/fuzz/host_port_fuzz.cpp $(FUZZ_REPLAY)
fuzz_replay_host_port_CPPFLAGS = $(AM_CPPFLAGS) -DFUZZ_TARGET='"$(abs_top_srcdir)/tests/fuzz/host_port"'
fuzz_replay_host_port_LDADD = librpctls-core.la

check_PROGRAMS += fuzz_replay_ini
TESTS += fuzz_replay_ini
fuzz_replay_ini_SOURCES = tests/fuzz/ini_fuzz.cpp $(FUZZ_REPLAY)
fuzz_replay_ini_CPPFLAGS = $(AM_CPPFLAGS) -DFUZZ_TARGET='"$(abs_top_srcdir)/tests/fuzz/ini"'
fuzz_replay_ini_LDADD = librpctls-core.la

check_PROGRAMS += fuzz_replay_psk
TESTS += fuzz_replay_psk
fuzz_replay_psk_SOURCES = tests/fuzz/psk_fuzz.cpp $(FUZZ_REPLAY)
fuzz_replay_psk_CPPFLAGS = $(AM_CPPFLAGS) -DFUZZ_TARGET='"$(abs_top_srcdir)/tests/fuzz/psk"'
fuzz_replay_psk_LDADD = librpctls-core.la

check_PROGRAMS += fuzz_replay_psk_record
TESTS += fuzz_replay_psk_record
fuzz_replay_psk_record_SOURCES = tests/fuzz/psk_record_fuzz.cpp $(FUZZ_REPLAY)
fuzz_replay_psk_record_CPPFLAGS = $(AM_CPPFLAGS) -DFUZZ_TARGET='"$(abs_top_srcdir)/tests/fuzz/psk_record"'
fuzz_replay_psk_record_LDADD = librpctls-core.la

check_PROGRAMS += fuzz_replay_reception
TESTS += fuzz_replay_reception
fuzz_replay_reception_SOURCES = tests/fuzz/reception_fuzz.cpp $(FUZZ_REPLAY)
fuzz_replay_reception_CPPFLAGS = $(AM_CPPFLAGS) -DFUZZ_TARGET='"$(abs_top_srcdir)/tests/fuzz/reception"'
fuzz_replay_reception_LDADD = librpctls-core.la

check_PROGRAMS += fuzz_replay_record
TESTS += fuzz_replay_record
fuzz_replay_record_SOURCES = tests/fuzz/record_fuzz.cpp $(FUZZ_REPLAY)
fuzz_replay_record_CPPFLAGS = $(AM_CPPFLAGS) $(TIRPC_CFLAGS) -DFUZZ_TARGET='"$(abs_top_srcdir)/tests/fuzz/record"'
fuzz_replay_record_LDADD = librpctls-core.la

check_PROGRAMS += fuzz_replay_reply
TESTS += fuzz_replay_reply
fuzz_replay_reply_SOURCES = tests/fuzz/reply_fuzz.cpp $(FUZZ_REPLAY)
fuzz_replay_reply_CPPFLAGS = $(AM_CPPFLAGS) -DFUZZ_TARGET='"$(abs_top_srcdir)/tests/fuzz/reply"'
fuzz_replay_reply_LDADD = librpctls-core.la

check_PROGRAMS += fuzz_replay_revocation
TESTS += fuzz_replay_revocation
fuzz_replay_revocation_SOURCES = tests/fuzz/revocation_fuzz.cpp $(FUZZ_REPLAY)
fuzz_replay_revocation_CPPFLAGS = $(AM_CPPFLAGS) -DFUZZ_TARGET='"$(abs_top_srcdir)/tests/fuzz/revocation"'
fuzz_replay_revocation_LDADD = librpctls-core.la

check_PROGRAMS += fuzz_replay_starttls
TESTS += fuzz_replay_starttls
fuzz_replay_starttls_SOURCES = tests/fuzz/starttls_fuzz.cpp $(FUZZ_REPLAY)
fuzz_replay_starttls_CPPFLAGS = $(AM_CPPFLAGS) -DFUZZ_TARGET='"$(abs_top_srcdir)/tests/fuzz/starttls"'
fuzz_replay_starttls_LDADD = librpctls-core.la

check_PROGRAMS += fuzz_replay_tls_hs_keyring
TESTS += fuzz_replay_tls_hs_keyring
fuzz_replay_tls_hs_keyring_SOURCES = tests/fuzz/tls_hs_keyring_fuzz.cpp $(FUZZ_REPLAY)
fuzz_replay_tls_hs_keyring_CPPFLAGS = $(AM_CPPFLAGS) -DFUZZ_TARGET='"$(abs_top_srcdir)/tests/fuzz/tls_hs_keyring"'
fuzz_replay_tls_hs_keyring_LDADD = librpctls-core.la

if ENABLE_FUZZING
EXTRA_PROGRAMS =
EXTRA_PROGRAMS += fuzz_agent_handshake
fuzz_agent_handshake_SOURCES = tests/fuzz/agent_handshake_fuzz.cpp tests/fuzz/fuzz.hpp
fuzz_agent_handshake_LDFLAGS = $(AM_LDFLAGS) -fsanitize=fuzzer
fuzz_agent_handshake_LDADD = librpctls-core.la
EXTRA_PROGRAMS += fuzz_bundle
fuzz_bundle_SOURCES = tests/fuzz/bundle_fuzz.cpp tests/fuzz/fuzz.hpp
fuzz_bundle_LDFLAGS = $(AM_LDFLAGS) -fsanitize=fuzzer
fuzz_bundle_LDADD = librpctls-core.la
EXTRA_PROGRAMS += fuzz_call
fuzz_call_SOURCES = tests/fuzz/call_fuzz.cpp tests/fuzz/fuzz.hpp
fuzz_call_LDFLAGS = $(AM_LDFLAGS) -fsanitize=fuzzer
fuzz_call_LDADD = librpctls-core.la
EXTRA_PROGRAMS += fuzz_certificate
fuzz_certificate_SOURCES = tests/fuzz/certificate_fuzz.cpp tests/fuzz/fuzz.hpp
fuzz_certificate_LDFLAGS = $(AM_LDFLAGS) -fsanitize=fuzzer
fuzz_certificate_LDADD = librpctls-core.la
EXTRA_PROGRAMS += fuzz_certificate_request
fuzz_certificate_request_SOURCES = tests/fuzz/certificate_request_fuzz.cpp tests/fuzz/fuzz.hpp
fuzz_certificate_request_LDFLAGS = $(AM_LDFLAGS) -fsanitize=fuzzer
fuzz_certificate_request_LDADD = librpctls-core.la
EXTRA_PROGRAMS += fuzz_connection
fuzz_connection_SOURCES = tests/fuzz/connection_fuzz.cpp tests/fuzz/fuzz.hpp
fuzz_connection_LDFLAGS = $(AM_LDFLAGS) -fsanitize=fuzzer
fuzz_connection_LDADD = librpctls-core.la
EXTRA_PROGRAMS += fuzz_control_records
fuzz_control_records_SOURCES = tests/fuzz/control_records_fuzz.cpp tests/fuzz/fuzz.hpp
fuzz_control_records_LDFLAGS = $(AM_LDFLAGS) -fsanitize=fuzzer
fuzz_control_records_LDADD = librpctls-core.la
EXTRA_PROGRAMS += fuzz_engine
fuzz_engine_SOURCES = tests/fuzz/engine_fuzz.cpp tests/fuzz/fuzz.hpp
fuzz_engine_CPPFLAGS = $(AM_CPPFLAGS) $(GNUTLS_CFLAGS)
fuzz_engine_LDFLAGS = $(AM_LDFLAGS) -fsanitize=fuzzer
fuzz_engine_LDADD = librpctls-core.la $(GNUTLS_LIBS)
EXTRA_PROGRAMS += fuzz_error_json
fuzz_error_json_SOURCES = tests/fuzz/error_json_fuzz.cpp tests/fuzz/fuzz.hpp
fuzz_error_json_LDFLAGS = $(AM_LDFLAGS) -fsanitize=fuzzer
fuzz_error_json_LDADD = librpctls-core.la
EXTRA_PROGRAMS += fuzz_exports
fuzz_exports_SOURCES = tests/fuzz/exports_fuzz.cpp tests/fuzz/fuzz.hpp
fuzz_exports_LDFLAGS = $(AM_LDFLAGS) -fsanitize=fuzzer
fuzz_exports_LDADD = librpctls-core.la
EXTRA_PROGRAMS += fuzz_host_port
fuzz_host_port_SOURCES = tests/fuzz/host_port_fuzz.cpp tests/fuzz/fuzz.hpp
fuzz_host_port_LDFLAGS = $(AM_LDFLAGS) -fsanitize=fuzzer
fuzz_host_port_LDADD = librpctls-core.la
EXTRA_PROGRAMS += fuzz_ini
fuzz_ini_SOURCES = tests/fuzz/ini_fuzz.cpp tests/fuzz/fuzz.hpp
fuzz_ini_LDFLAGS = $(AM_LDFLAGS) -fsanitize=fuzzer
fuzz_ini_LDADD = librpctls-core.la
EXTRA_PROGRAMS += fuzz_psk
fuzz_psk_SOURCES = tests/fuzz/psk_fuzz.cpp tests/fuzz/fuzz.hpp
fuzz_psk_LDFLAGS = $(AM_LDFLAGS) -fsanitize=fuzzer
fuzz_psk_LDADD = librpctls-core.la
EXTRA_PROGRAMS += fuzz_psk_record
fuzz_psk_record_SOURCES = tests/fuzz/psk_record_fuzz.cpp tests/fuzz/fuzz.hpp
fuzz_psk_record_LDFLAGS = $(AM_LDFLAGS) -fsanitize=fuzzer
fuzz_psk_record_LDADD = librpctls-core.la
EXTRA_PROGRAMS += fuzz_reception
fuzz_reception_SOURCES = tests/fuzz/reception_fuzz.cpp tests/fuzz/fuzz.hpp
fuzz_reception_LDFLAGS = $(AM_LDFLAGS) -fsanitize=fuzzer
fuzz_reception_LDADD = librpctls-core.la
EXTRA_PROGRAMS += fuzz_record
fuzz_record_SOURCES = tests/fuzz/record_fuzz.cpp tests/fuzz/fuzz.hpp
fuzz_record_CPPFLAGS = $(AM_CPPFLAGS) $(TIRPC_CFLAGS)
fuzz_record_LDFLAGS = $(AM_LDFLAGS) -fsanitize=fuzzer
fuzz_record_LDADD = librpctls-core.la
EXTRA_PROGRAMS += fuzz_reply
fuzz_reply_SOURCES = tests/fuzz/reply_fuzz.cpp tests/fuzz/fuzz.hpp
fuzz_reply_LDFLAGS = $(AM_LDFLAGS) -fsanitize=fuzzer
fuzz_reply_LDADD = librpctls-core.la
EXTRA_PROGRAMS += fuzz_revocation
fuzz_revocation_SOURCES = tests/fuzz/revocation_fuzz.cpp tests/fuzz/fuzz.hpp
fuzz_revocation_LDFLAGS = $(AM_LDFLAGS) -fsanitize=fuzzer
fuzz_revocation_LDADD = librpctls-core.la
EXTRA_PROGRAMS += fuzz_starttls
fuzz_starttls_SOURCES = tests/fuzz/starttls_fuzz.cpp tests/fuzz/fuzz.hpp
fuzz_starttls_LDFLAGS = $(AM_LDFLAGS) -fsanitize=fuzzer
fuzz_starttls_LDADD = librpctls-core.la
EXTRA_PROGRAMS += fuzz_tls_hs_keyring
fuzz_tls_hs_keyring_SOURCES = tests/fuzz/tls_hs_keyring_fuzz.cpp tests/fuzz/fuzz.hpp
fuzz_tls_hs_keyring_LDFLAGS = $(AM_LDFLAGS) -fsanitize=fuzzer
fuzz_tls_hs_keyring_LDADD = librpctls-core.la
endif
