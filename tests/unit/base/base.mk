# SPDX-License-Identifier: LGPL-2.1-or-later
check_PROGRAMS += unit_base
TESTS += unit_base
unit_base_SOURCES = tests/unit/main.cpp \
	tests/unit/base/error_json_test.cpp \
	tests/unit/base/file_test.cpp \
	tests/unit/base/ini_test.cpp \
	tests/unit/base/program_test.cpp \
	tests/unit/base/secret_test.cpp \
	tests/unit/base/server_name_test.cpp \
	tests/unit/base/staged_file_test.cpp \
	tests/unit/base/text_test.cpp
unit_base_CPPFLAGS = $(UNIT_CPPFLAGS)
unit_base_LDADD = $(UNIT_LDADD)
