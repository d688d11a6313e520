# SPDX-License-Identifier: LGPL-2.1-or-later
libtlsctl_la_SOURCES += \
	tlsctl/configuration/configuration_file.cpp tlsctl/configuration/configuration_file.hpp \
	tlsctl/configuration/edit.cpp tlsctl/configuration/edit.hpp
