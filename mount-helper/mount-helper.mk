# SPDX-License-Identifier: LGPL-2.1-or-later
# mount(8) looks for its helpers in /sbin: configure with --prefix=/usr (or --sbindir=/sbin).
noinst_LTLIBRARIES += libmount-helper.la
libmount_helper_la_SOURCES = \
	mount-helper/after_check.cpp mount-helper/after_check.hpp \
	mount-helper/arguments.cpp mount-helper/arguments.hpp \
	mount-helper/explain.cpp mount-helper/explain.hpp \
	mount-helper/ground.cpp mount-helper/ground.hpp \
	mount-helper/identities.cpp mount-helper/identities.hpp \
	mount-helper/identity_use.cpp mount-helper/identity_use.hpp \
	mount-helper/nfs_utils.cpp mount-helper/nfs_utils.hpp \
	mount-helper/options.cpp mount-helper/options.hpp \
	mount-helper/plan.cpp mount-helper/plan.hpp \
	mount-helper/policy.cpp mount-helper/policy.hpp \
	mount-helper/protected_mount.cpp mount-helper/protected_mount.hpp \
	mount-helper/report.cpp mount-helper/report.hpp \
	mount-helper/sharing.cpp mount-helper/sharing.hpp \
	mount-helper/source.cpp mount-helper/source.hpp \
	mount-helper/version_choice.cpp mount-helper/version_choice.hpp

sbin_PROGRAMS += mount.nfstls
mount_nfstls_SOURCES = mount-helper/main.cpp
mount_nfstls_LDADD = libmount-helper.la librpctls-core.la
