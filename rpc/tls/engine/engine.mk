# SPDX-License-Identifier: LGPL-2.1-or-later
librpctls_core_la_SOURCES += \
	rpc/tls/engine/key_schedule.cpp rpc/tls/engine/key_schedule.hpp \
	rpc/tls/engine/record_protection.cpp rpc/tls/engine/record_protection.hpp
