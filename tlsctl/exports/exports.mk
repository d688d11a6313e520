# SPDX-License-Identifier: LGPL-2.1-or-later
libtlsctl_la_SOURCES += \
	tlsctl/exports/commands.hpp \
	tlsctl/exports/export_check.cpp \
	tlsctl/exports/export_findings.cpp tlsctl/exports/export_findings.hpp \
	tlsctl/exports/export_list.cpp \
	tlsctl/exports/export_protection_option.cpp tlsctl/exports/export_protection_option.hpp \
	tlsctl/exports/export_remove.cpp \
	tlsctl/exports/export_report.cpp tlsctl/exports/export_report.hpp \
	tlsctl/exports/export_set.cpp \
	tlsctl/exports/export_store.cpp tlsctl/exports/export_store.hpp \
	tlsctl/exports/exportfs.cpp tlsctl/exports/exportfs.hpp \
	tlsctl/exports/exports_view.cpp tlsctl/exports/exports_view.hpp \
	tlsctl/exports/server_certificate.cpp tlsctl/exports/server_certificate.hpp
