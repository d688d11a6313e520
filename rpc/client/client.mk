# SPDX-License-Identifier: LGPL-2.1-or-later
librpctls_core_la_SOURCES += \
	rpc/client/agent_connection.cpp rpc/client/agent_connection.hpp \
	rpc/client/agent_control.cpp rpc/client/agent_control.hpp \
	rpc/client/agent_handshake.cpp rpc/client/agent_handshake.hpp \
	rpc/client/agent_handshake_message.cpp rpc/client/agent_handshake_message.hpp \
	rpc/client/c_agent.cpp \
	rpc/client/agent_socket.cpp rpc/client/agent_socket.hpp \
	rpc/client/c_clnt.cpp \
	rpc/client/c_face.cpp \
	rpc/client/clnt_connect.cpp rpc/client/clnt_connect.hpp \
	rpc/client/clnt_handle.cpp rpc/client/clnt_handle.hpp \
	rpc/client/clnt_stream.cpp rpc/client/clnt_stream.hpp \
	rpc/client/complete_handshake.cpp rpc/client/complete_handshake.hpp \
	rpc/client/connect.cpp rpc/client/connect.hpp \
	rpc/client/known_servers.cpp rpc/client/known_servers.hpp \
	rpc/client/mount_policy.cpp rpc/client/mount_policy.hpp \
	rpc/client/null_call.cpp rpc/client/null_call.hpp \
	rpc/client/preflight.cpp rpc/client/preflight.hpp \
	rpc/client/ready.hpp \
	rpc/client/resolve.cpp rpc/client/resolve.hpp \
	rpc/client/starttls.cpp rpc/client/starttls.hpp \
	rpc/client/starttls_exchange.cpp rpc/client/starttls_exchange.hpp \
	rpc/client/c_tls_hs.cpp \
	rpc/client/tls_hs.cpp rpc/client/tls_hs.hpp
librpctls_core_la_SOURCES += rpc/client/call_engine.cpp rpc/client/call_engine.hpp
librpctls_core_la_SOURCES += rpc/client/call_answer.cpp rpc/client/call_answer.hpp
librpctls_core_la_SOURCES += rpc/client/clnt_target.cpp rpc/client/clnt_target.hpp
librpctls_core_la_SOURCES += rpc/client/connection.cpp
librpctls_core_la_SOURCES += rpc/client/connection_loop.cpp rpc/client/connection_loop.hpp
librpctls_core_la_SOURCES += rpc/client/credential.cpp
