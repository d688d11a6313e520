# SPDX-License-Identifier: LGPL-2.1-or-later
libtlsctl_la_SOURCES += \
	tlsctl/servers/commands.hpp \
	tlsctl/servers/known.cpp \
	tlsctl/servers/probe.cpp \
	tlsctl/servers/probe_report.cpp tlsctl/servers/probe_report.hpp \
	tlsctl/servers/probe_targets.cpp tlsctl/servers/probe_targets.hpp \
	tlsctl/servers/rpc_program.cpp tlsctl/servers/rpc_program.hpp \
	tlsctl/servers/scan.cpp tlsctl/servers/scan.hpp
