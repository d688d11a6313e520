librpctls_core_la_SOURCES +=
librpctls_core_la_SOURCES += \
	rpc/kernel/agents.cpp rpc/kernel/agents.hpp \
	rpc/kernel/capabilities.cpp rpc/kernel/capabilities.hpp \
	rpc/kernel/clock.cpp rpc/kernel/clock.hpp \
	rpc/kernel/file_systems.cpp rpc/kernel/file_systems.hpp \
	rpc/kernel/export_client.cpp rpc/kernel/export_client.hpp \
	rpc/kernel/exports.cpp rpc/kernel/exports.hpp \
	rpc/kernel/handshake.cpp rpc/kernel/handshake.hpp \
	rpc/kernel/handshake_message.cpp rpc/kernel/handshake_message.hpp \
	rpc/kernel/handshake_uapi.hpp \
	rpc/kernel/kernel_log.cpp rpc/kernel/kernel_log.hpp \
	rpc/kernel/modules.cpp rpc/kernel/modules.hpp \
	rpc/kernel/mount_ids.cpp rpc/kernel/mount_ids.hpp \
	rpc/kernel/mounts.cpp rpc/kernel/mounts.hpp \
	rpc/kernel/netlink_groups.cpp rpc/kernel/netlink_groups.hpp \
	rpc/kernel/nfs_servers.cpp rpc/kernel/nfs_servers.hpp \
	rpc/kernel/nfsd.cpp rpc/kernel/nfsd.hpp \
	rpc/kernel/nl_handles.hpp \
	rpc/kernel/sock_diag.cpp rpc/kernel/sock_diag.hpp \
	rpc/kernel/tcp_connections.cpp rpc/kernel/tcp_connections.hpp
