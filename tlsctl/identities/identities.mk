# SPDX-License-Identifier: LGPL-2.1-or-later
libtlsctl_la_SOURCES += \
	tlsctl/identities/commands.hpp \
	tlsctl/identities/identity_add.cpp \
	tlsctl/identities/identity_input.cpp tlsctl/identities/identity_input.hpp \
	tlsctl/identities/identity_list.cpp \
	tlsctl/identities/identity_remove.cpp \
	tlsctl/identities/identity_restore.cpp \
	tlsctl/identities/identity_show.cpp \
	tlsctl/identities/identity_update.cpp \
	tlsctl/identities/identity_uses.cpp tlsctl/identities/identity_uses.hpp \
	tlsctl/identities/identity_view.cpp tlsctl/identities/identity_view.hpp
