# SPDX-License-Identifier: LGPL-2.1-or-later
librpctls_core_la_SOURCES += \
	rpc/server/acceptor.cpp rpc/server/acceptor.hpp \
	rpc/server/c_server.cpp \
	rpc/server/listen.cpp rpc/server/listen.hpp \
	rpc/server/peer_counts.hpp \
	rpc/server/patience.hpp \
	rpc/server/peer_stream.cpp rpc/server/peer_stream.hpp \
	rpc/server/peer_text.cpp rpc/server/peer_text.hpp \
	rpc/server/policy.hpp \
	rpc/server/reception.cpp rpc/server/reception.hpp \
	rpc/server/server_context.cpp rpc/server/server_context.hpp \
	rpc/server/settings_of.cpp rpc/server/settings_of.hpp \
	rpc/server/svc_connection.cpp rpc/server/svc_connection.hpp \
	rpc/server/svc_pollset.cpp rpc/server/svc_pollset.hpp \
	rpc/server/svc_server.cpp rpc/server/svc_server.hpp \
	rpc/server/svc_settings.hpp
