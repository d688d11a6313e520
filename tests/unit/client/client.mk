# SPDX-License-Identifier: LGPL-2.1-or-later
check_PROGRAMS += unit_client
TESTS += unit_client
unit_client_SOURCES = tests/unit/main.cpp tests/unit/octets.hpp \
	tests/unit/client/agent_control_test.cpp \
	tests/unit/client/connect_test.cpp \
	tests/unit/client/resolve_test.cpp \
	tests/unit/client/scripted_peer.hpp \
	tests/unit/client/starttls_test.cpp
unit_client_CPPFLAGS = $(UNIT_CPPFLAGS)
unit_client_LDADD = $(UNIT_LDADD)
