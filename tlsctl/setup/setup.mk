# SPDX-License-Identifier: LGPL-2.1-or-later
libtlsctl_la_SOURCES += \
	tlsctl/setup/footprint.cpp tlsctl/setup/footprint.hpp \
	tlsctl/setup/steps.cpp tlsctl/setup/steps.hpp
