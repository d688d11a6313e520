# SPDX-License-Identifier: LGPL-2.1-or-later
librpctls_core_la_SOURCES += \
	rpc/tls/engine/engine_callbacks.cpp \
	rpc/tls/engine/engine_resumption.cpp \
	rpc/tls/engine/engine_state.cpp rpc/tls/engine/engine_state.hpp \
	rpc/tls/engine/handshake_engine.cpp rpc/tls/engine/handshake_engine.hpp \
	rpc/tls/engine/key_schedule.cpp rpc/tls/engine/key_schedule.hpp \
	rpc/tls/engine/message_reader.cpp rpc/tls/engine/message_reader.hpp \
	rpc/tls/engine/record_protection.cpp rpc/tls/engine/record_protection.hpp
