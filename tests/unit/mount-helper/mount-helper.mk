# SPDX-License-Identifier: LGPL-2.1-or-later
check_PROGRAMS += unit_mount_helper
TESTS += unit_mount_helper
unit_mount_helper_SOURCES = tests/unit/main.cpp \
	tests/unit/mount-helper/after_check_test.cpp \
	tests/unit/mount-helper/arguments_test.cpp \
	tests/unit/mount-helper/explain_test.cpp \
	tests/unit/mount-helper/ground_test.cpp \
	tests/unit/mount-helper/identity_use_test.cpp \
	tests/unit/mount-helper/nfs_utils_test.cpp \
	tests/unit/mount-helper/options_test.cpp \
	tests/unit/mount-helper/plan_test.cpp \
	tests/unit/mount-helper/policy_test.cpp \
	tests/unit/mount-helper/preflight_memory_test.cpp \
	tests/unit/mount-helper/sharing_test.cpp \
	tests/unit/mount-helper/source_test.cpp \
	tests/unit/mount-helper/tls_part_test.cpp \
	tests/unit/mount-helper/version_choice_test.cpp
unit_mount_helper_CPPFLAGS = $(UNIT_CPPFLAGS) -DTLS_PART_PATH='""' \
	-DTLS_PART_BUILT='"$(abs_top_builddir)/.libs/mount-tls.so"'
unit_mount_helper_LDADD = libmount-helper.la $(UNIT_LDADD)
EXTRA_unit_mount_helper_DEPENDENCIES = mount-tls.la
