# SPDX-License-Identifier: LGPL-2.1-or-later
check_PROGRAMS += unit_issuer
TESTS += unit_issuer
unit_issuer_SOURCES = tests/unit/main.cpp \
	tests/unit/tls/issuer_test.cpp \
	tests/unit/tls/subject_names_test.cpp
unit_issuer_CPPFLAGS = $(UNIT_CPPFLAGS)
unit_issuer_LDADD = $(UNIT_LDADD)
