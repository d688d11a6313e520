# SPDX-License-Identifier: LGPL-2.1-or-later
librpctls_core_la_SOURCES += \
	rpc/client/starttls.cpp rpc/client/starttls.hpp
