# SPDX-License-Identifier: LGPL-2.1-or-later
librpctls_core_la_SOURCES += \
	rpc/server/acceptor.cpp rpc/server/acceptor.hpp \
	rpc/server/c_server.cpp \
	rpc/server/call.cpp rpc/server/call_state.hpp \
	rpc/server/credential.cpp rpc/server/credential.hpp \
	rpc/server/hall.cpp rpc/server/hall.hpp \
	rpc/server/io_loop.cpp rpc/server/io_loop.hpp \
	rpc/server/listen.cpp rpc/server/listen.hpp \
	rpc/server/peer_counts.hpp \
	rpc/server/patience.hpp \
	rpc/server/peer_stream.cpp rpc/server/peer_stream.hpp \
	rpc/server/peer_text.cpp rpc/server/peer_text.hpp \
	rpc/server/policy.hpp \
	rpc/server/reception.cpp rpc/server/reception.hpp \
	rpc/server/reply_queue.cpp rpc/server/reply_queue.hpp \
	rpc/server/results_with_file.cpp rpc/server/results_with_file.hpp \
	rpc/server/served_connection.cpp rpc/server/served_connection.hpp \
	rpc/server/server.cpp \
	rpc/server/serving.cpp rpc/server/serving.hpp \
	rpc/server/serving_thread.cpp rpc/server/serving_thread.hpp \
	rpc/server/work_threads.cpp rpc/server/work_threads.hpp \
	rpc/server/server_context.cpp rpc/server/server_context.hpp \
	rpc/server/settings_of.cpp rpc/server/settings_of.hpp \
	rpc/server/svc_connection.cpp rpc/server/svc_connection.hpp \
	rpc/server/svc_pollset.cpp rpc/server/svc_pollset.hpp \
	rpc/server/svc_server.cpp rpc/server/svc_server.hpp \
	rpc/server/svc_settings.hpp
