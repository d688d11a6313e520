# SPDX-License-Identifier: LGPL-2.1-or-later
check_PROGRAMS += unit_tlsctl
TESTS += unit_tlsctl
unit_tlsctl_SOURCES = tests/unit/main.cpp \
	tests/unit/tlsctl/arguments_test.cpp \
	tests/unit/tlsctl/bundle_test.cpp \
	tests/unit/tlsctl/ca_test.cpp \
	tests/unit/tlsctl/command_test.cpp \
	tests/unit/tlsctl/completion_test.cpp \
	tests/unit/tlsctl/configuration_test.cpp \
	tests/unit/tlsctl/doctor_test.cpp \
	tests/unit/tlsctl/export_test.cpp \
	tests/unit/tlsctl/identity_test.cpp \
	tests/unit/tlsctl/known_test.cpp \
	tests/unit/tlsctl/program_test.cpp \
	tests/unit/tlsctl/psk_test.cpp \
	tests/unit/tlsctl/run.hpp \
	tests/unit/tlsctl/setup_client_test.cpp \
	tests/unit/tlsctl/setup_server_test.cpp \
	tests/unit/tlsctl/setup_steps_test.cpp \
	tests/unit/tlsctl/tree.hpp \
	tests/unit/tlsctl/status_test.cpp \
	tests/unit/tlsctl/table_test.cpp \
	tests/unit/tlsctl/trust_test.cpp
unit_tlsctl_CPPFLAGS = $(UNIT_CPPFLAGS)
unit_tlsctl_LDADD = libtlsctl.la $(UNIT_LDADD)
