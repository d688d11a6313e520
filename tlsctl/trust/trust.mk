# SPDX-License-Identifier: LGPL-2.1-or-later
libtlsctl_la_SOURCES += \
	tlsctl/trust/commands.hpp \
	tlsctl/trust/system_trust.cpp tlsctl/trust/system_trust.hpp \
	tlsctl/trust/trust_add.cpp \
	tlsctl/trust/trust_list.cpp \
	tlsctl/trust/trust_remove.cpp \
	tlsctl/trust/trust_selection.cpp tlsctl/trust/trust_selection.hpp \
	tlsctl/trust/trust_source.cpp \
	tlsctl/trust/trust_store.cpp tlsctl/trust/trust_store.hpp \
	tlsctl/trust/trust_view.cpp tlsctl/trust/trust_view.hpp
