# SPDX-License-Identifier: LGPL-2.1-or-later
# mount(8) looks for its helpers in /sbin: configure with --prefix=/usr (or --sbindir=/sbin).
noinst_LTLIBRARIES += libmount-helper.la libmount-helper-tls.la
libmount_helper_la_CPPFLAGS = $(AM_CPPFLAGS) -DTLS_PART_PATH='"$(pkglibdir)/mount-tls.so"'
libmount_helper_la_SOURCES = \
	mount-helper/after_check.cpp mount-helper/after_check.hpp \
	mount-helper/arguments.cpp mount-helper/arguments.hpp \
	mount-helper/examination.cpp mount-helper/examination.hpp \
	mount-helper/explain.cpp mount-helper/explain.hpp \
	mount-helper/failure_cause.cpp mount-helper/failure_cause.hpp \
	mount-helper/ground.cpp mount-helper/ground.hpp \
	mount-helper/identity_use.cpp mount-helper/identity_use.hpp \
	mount-helper/nfs_utils.cpp mount-helper/nfs_utils.hpp \
	mount-helper/options.cpp mount-helper/options.hpp \
	mount-helper/plan.cpp mount-helper/plan.hpp \
	mount-helper/policy.cpp mount-helper/policy.hpp \
	mount-helper/preflight_memory.cpp mount-helper/preflight_memory.hpp \
	mount-helper/protected_mount.cpp mount-helper/protected_mount.hpp \
	mount-helper/report.cpp mount-helper/report.hpp \
	mount-helper/sharing.cpp mount-helper/sharing.hpp \
	mount-helper/source.cpp mount-helper/source.hpp \
	mount-helper/tls_part.cpp mount-helper/tls_part.hpp \
	mount-helper/version_choice.cpp mount-helper/version_choice.hpp

# What needs GnuTLS comes when it is needed (mount-helper/tls_part.hpp): loading it and all behind it is most of what
# a start costs. For the same reason the program itself holds the little that it uses of libnl and of libstdc++.
libmount_helper_tls_la_SOURCES = mount-helper/identities.cpp mount-helper/identities.hpp
pkglib_LTLIBRARIES = mount-tls.la
mount_tls_la_SOURCES = mount-helper/tls_module.cpp
mount_tls_la_CPPFLAGS = $(AM_CPPFLAGS) -DTLS_PART_PATH='""'
mount_tls_la_LIBADD = libmount-helper-tls.la librpctls-core.la
mount_tls_la_LDFLAGS = $(AM_LDFLAGS) -module -avoid-version -no-undefined \
	-Wl,--version-script=$(srcdir)/mount-helper/mount-tls.map
EXTRA_mount_tls_la_DEPENDENCIES = mount-helper/mount-tls.map
EXTRA_DIST += mount-helper/mount-tls.map

sbin_PROGRAMS += mount.nfstls
mount_nfstls_SOURCES = mount-helper/main.cpp
mount_nfstls_LDADD = libmount-helper.la librpctls-core.la
mount_nfstls_LDFLAGS = $(AM_LDFLAGS) $(QUICK_START_LDFLAGS)
