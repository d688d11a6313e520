# SPDX-License-Identifier: LGPL-2.1-or-later
check_PROGRAMS += unit_agent
TESTS += unit_agent
unit_agent_SOURCES = tests/unit/main.cpp \
	tests/unit/agent/admission_test.cpp \
	tests/unit/agent/agent_test.cpp \
	tests/unit/agent/fair_queue_test.cpp \
	tests/unit/agent/fixture.hpp \
	tests/unit/agent/handshake_test.cpp \
	tests/unit/agent/key_source_test.cpp \
	tests/unit/agent/message_test.cpp \
	tests/unit/agent/outcome_test.cpp \
	tests/unit/agent/operations_test.cpp \
	tests/unit/agent/plan_test.cpp \
	tests/unit/agent/psk_handshake_test.cpp \
	tests/unit/agent/records_test.cpp \
	tests/unit/agent/reload_test.cpp \
	tests/unit/agent/watchdog_test.cpp \
	tests/unit/agent/running.hpp \
	tests/unit/agent/service_fixture.hpp \
	tests/unit/agent/service_policy_test.cpp \
	tests/unit/agent/service_test.cpp
unit_agent_CPPFLAGS = $(UNIT_CPPFLAGS)
unit_agent_LDADD = librpctlsd.la $(UNIT_LDADD) $(KEYUTILS_LIBS)
