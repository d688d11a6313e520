# SPDX-License-Identifier: LGPL-2.1-or-later
check_PROGRAMS += unit_handshake
TESTS += unit_handshake
unit_handshake_SOURCES = tests/unit/main.cpp \
	tests/unit/kernel/handshake_message_test.cpp \
	tests/unit/kernel/netlink_groups_test.cpp \
	tests/unit/kernel/tcp_connections_test.cpp \
	tests/unit/octets.hpp
unit_handshake_CPPFLAGS = $(UNIT_CPPFLAGS)
unit_handshake_LDADD = $(UNIT_LDADD)

check_PROGRAMS += unit_mounts
TESTS += unit_mounts
unit_mounts_SOURCES = tests/unit/main.cpp \
	tests/unit/kernel/capabilities_test.cpp \
	tests/unit/kernel/file_systems_test.cpp \
	tests/unit/kernel/exports_test.cpp \
	tests/unit/kernel/kernel_log_test.cpp \
	tests/unit/kernel/modules_test.cpp \
	tests/unit/kernel/mount_ids_test.cpp \
	tests/unit/kernel/mounts_test.cpp \
	tests/unit/kernel/nfsd_test.cpp
unit_mounts_CPPFLAGS = $(UNIT_CPPFLAGS)
unit_mounts_LDADD = $(UNIT_LDADD)
