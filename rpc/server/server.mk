# SPDX-License-Identifier: LGPL-2.1-or-later
librpctls_core_la_SOURCES += \
	rpc/server/policy.hpp \
	rpc/server/reception.cpp rpc/server/reception.hpp
