# SPDX-License-Identifier: LGPL-2.1-or-later
libtlsctl_la_SOURCES += \
	tlsctl/cli/arguments.cpp tlsctl/cli/arguments.hpp \
	tlsctl/cli/command.cpp tlsctl/cli/command.hpp \
	tlsctl/cli/completion.cpp tlsctl/cli/completion.hpp \
	tlsctl/cli/options.cpp tlsctl/cli/options.hpp \
	tlsctl/cli/passphrase.cpp tlsctl/cli/passphrase.hpp \
	tlsctl/cli/program.cpp tlsctl/cli/program.hpp \
	tlsctl/cli/table.cpp tlsctl/cli/table.hpp
