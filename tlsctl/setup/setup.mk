# SPDX-License-Identifier: LGPL-2.1-or-later
libtlsctl_la_SOURCES += \
	tlsctl/setup/authority.cpp tlsctl/setup/authority.hpp \
	tlsctl/setup/bundle_input.cpp tlsctl/setup/bundle_input.hpp \
	tlsctl/setup/certificate_steps.cpp tlsctl/setup/certificate_steps.hpp \
	tlsctl/setup/commands.hpp \
	tlsctl/setup/export_steps.cpp tlsctl/setup/export_steps.hpp \
	tlsctl/setup/final_probe.cpp tlsctl/setup/final_probe.hpp \
	tlsctl/setup/footprint.cpp tlsctl/setup/footprint.hpp \
	tlsctl/setup/identity_step.cpp tlsctl/setup/identity_step.hpp \
	tlsctl/setup/setup_client.cpp \
	tlsctl/setup/setup_server.cpp \
	tlsctl/setup/shared_steps.cpp tlsctl/setup/shared_steps.hpp \
	tlsctl/setup/steps.cpp tlsctl/setup/steps.hpp \
	tlsctl/setup/units.cpp tlsctl/setup/units.hpp
