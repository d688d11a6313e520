# SPDX-License-Identifier: LGPL-2.1-or-later
libtlsctl_la_SOURCES += \
	tlsctl/psks/commands.hpp \
	tlsctl/psks/keyring_show.cpp \
	tlsctl/psks/psk_add.cpp \
	tlsctl/psks/psk_check.cpp \
	tlsctl/psks/psk_generate.cpp \
	tlsctl/psks/psk_input.cpp tlsctl/psks/psk_input.hpp \
	tlsctl/psks/psk_keyrings.cpp tlsctl/psks/psk_keyrings.hpp \
	tlsctl/psks/psk_list.cpp \
	tlsctl/psks/psk_remove.cpp \
	tlsctl/psks/psk_restore.cpp \
	tlsctl/psks/psk_view.cpp tlsctl/psks/psk_view.hpp
