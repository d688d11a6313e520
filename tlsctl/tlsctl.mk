# SPDX-License-Identifier: LGPL-2.1-or-later
# Everything but main() is an archive, so that the tests run whole command lines in their own process.
noinst_LTLIBRARIES += libtlsctl.la
libtlsctl_la_SOURCES = \
	tlsctl/arguments.cpp tlsctl/arguments.hpp \
	tlsctl/ca_directory.cpp tlsctl/ca_directory.hpp \
	tlsctl/ca_init.cpp \
	tlsctl/cert_issue.cpp \
	tlsctl/certificate_view.cpp tlsctl/certificate_view.hpp \
	tlsctl/command.cpp tlsctl/command.hpp \
	tlsctl/identity_add.cpp \
	tlsctl/identity_input.cpp tlsctl/identity_input.hpp \
	tlsctl/identity_list.cpp \
	tlsctl/identity_remove.cpp \
	tlsctl/identity_show.cpp \
	tlsctl/identity_update.cpp \
	tlsctl/identity_view.cpp tlsctl/identity_view.hpp \
	tlsctl/known.cpp \
	tlsctl/probe.cpp \
	tlsctl/probe_report.cpp tlsctl/probe_report.hpp \
	tlsctl/program.cpp tlsctl/program.hpp \
	tlsctl/rpc_program.cpp tlsctl/rpc_program.hpp \
	tlsctl/status.cpp \
	tlsctl/table.cpp tlsctl/table.hpp
libtlsctl_la_LIBADD = librpctls-core.la

sbin_PROGRAMS += tlsctl/tlsctl
tlsctl_tlsctl_SOURCES = tlsctl/main.cpp
tlsctl_tlsctl_LDADD = libtlsctl.la
