# SPDX-License-Identifier: LGPL-2.1-or-later
check_PROGRAMS += unit_wire
TESTS += unit_wire
unit_wire_SOURCES = tests/unit/main.cpp tests/unit/octets.hpp \
	tests/unit/wire/message_test.cpp \
	tests/unit/wire/record_stream_test.cpp \
	tests/unit/wire/record_test.cpp \
	tests/unit/wire/record_writer_test.cpp
unit_wire_CPPFLAGS = $(UNIT_CPPFLAGS) $(TIRPC_CFLAGS)
unit_wire_LDADD = $(UNIT_LDADD) $(TIRPC_LIBS)
