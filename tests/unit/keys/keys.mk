# SPDX-License-Identifier: LGPL-2.1-or-later
check_PROGRAMS += unit_keys unit_issuer
TESTS += unit_keys unit_issuer
unit_keys_SOURCES = tests/unit/main.cpp \
	tests/unit/keys/identity_mounts_test.cpp \
	tests/unit/keys/identity_test.cpp \
	tests/unit/keys/key_users_test.cpp \
	tests/unit/keys/keyring_names_test.cpp \
	tests/unit/keys/keyring_test.cpp \
	tests/unit/keys/other_keyrings.hpp \
	tests/unit/keys/possession_test.cpp \
	tests/unit/keys/proc_keys_test.cpp \
	tests/unit/keys/psk_interchange_test.cpp \
	tests/unit/keys/psk_keyring_test.cpp \
	tests/unit/keys/psk_store_test.cpp \
	tests/unit/keys/psk_test.cpp
unit_keys_CPPFLAGS = $(UNIT_CPPFLAGS)
unit_keys_LDADD = $(UNIT_LDADD) $(KEYUTILS_LIBS)

unit_issuer_SOURCES = tests/unit/main.cpp \
	tests/unit/tls/bundle_test.cpp \
	tests/unit/tls/issuer_test.cpp \
	tests/unit/tls/revocation_list_test.cpp \
	tests/unit/tls/subject_names_test.cpp
unit_issuer_CPPFLAGS = $(UNIT_CPPFLAGS) -DFUZZ_SEEDS='"$(abs_top_srcdir)/tests/fuzz"'
unit_issuer_LDADD = $(UNIT_LDADD)
