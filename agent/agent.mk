# SPDX-License-Identifier: LGPL-2.1-or-later
# All of rpctlsd but its main(), so that the tests link what runs.
noinst_LTLIBRARIES += librpctlsd.la
librpctlsd_la_SOURCES = \
	agent/admission.cpp agent/admission.hpp \
	agent/agent.cpp agent/agent.hpp agent/agent_control.cpp \
	agent/agent_housekeeping.cpp agent/agent_reload.cpp \
	agent/accounts.cpp agent/accounts.hpp \
	agent/asio.hpp \
	agent/audit.cpp agent/audit.hpp \
	agent/background.cpp agent/background.hpp \
	agent/check.cpp agent/check.hpp \
	agent/command_line.cpp agent/command_line.hpp \
	agent/control.cpp agent/control.hpp \
	agent/control_message.cpp agent/control_message.hpp \
	agent/expiry.cpp agent/expiry.hpp \
	agent/control_receive.cpp agent/control_receive.hpp \
	agent/file_watch.cpp agent/file_watch.hpp \
	agent/fair_queue.hpp \
	agent/handshake.cpp agent/handshake.hpp \
	agent/key_source.cpp agent/key_source.hpp \
	agent/kernel_requests.cpp agent/kernel_requests.hpp \
	agent/latency.cpp agent/latency.hpp \
	agent/listener_store.cpp agent/listener_store.hpp \
	agent/log.cpp agent/log.hpp \
	agent/log_limit.cpp agent/log_limit.hpp \
	agent/log_output.cpp agent/log_output.hpp \
	agent/metrics.cpp \
	agent/metrics_file.cpp agent/metrics_file.hpp \
	agent/outcome.cpp agent/outcome.hpp \
	agent/peer_address.cpp agent/peer_address.hpp \
	agent/plan.cpp agent/plan.hpp \
	agent/psk_handshake.cpp agent/psk_handshake.hpp \
	agent/reception.cpp agent/reception.hpp \
	agent/records.cpp agent/records.hpp \
	agent/registrations.cpp agent/registrations.hpp \
	agent/reload.cpp agent/reload.hpp \
	agent/request_source.hpp \
	agent/silent_peers.cpp agent/silent_peers.hpp \
	agent/service.cpp agent/service.hpp \
	agent/service_policy.cpp agent/service_policy.hpp \
	agent/service_socket.cpp agent/service_socket.hpp \
	agent/snapshot.cpp agent/snapshot.hpp \
	agent/status.cpp agent/status.hpp \
	agent/watched_files.cpp agent/watched_files.hpp \
	agent/watchdog.cpp agent/watchdog.hpp \
	agent/workers.cpp agent/workers.hpp
librpctlsd_la_CPPFLAGS = $(AM_CPPFLAGS) $(SYSTEMD_CFLAGS)
librpctlsd_la_LIBADD = librpctls-core.la $(SYSTEMD_LIBS)

sbin_PROGRAMS += rpctlsd
rpctlsd_SOURCES = agent/main.cpp
rpctlsd_LDADD = librpctlsd.la
