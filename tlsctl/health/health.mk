# SPDX-License-Identifier: LGPL-2.1-or-later
libtlsctl_la_SOURCES += \
	tlsctl/health/commands.hpp \
	tlsctl/health/status.cpp
