# SPDX-License-Identifier: LGPL-2.1-or-later
libtlsctl_la_SOURCES += \
	tlsctl/servers/commands.hpp \
	tlsctl/servers/known.cpp \
	tlsctl/servers/probe.cpp \
	tlsctl/servers/probe_report.cpp tlsctl/servers/probe_report.hpp \
	tlsctl/servers/rpc_program.cpp tlsctl/servers/rpc_program.hpp
