# SPDX-License-Identifier: LGPL-2.1-or-later
libtlsctl_la_SOURCES += \
	tlsctl/health/agent_check.cpp tlsctl/health/agent_check.hpp \
	tlsctl/health/agent_report.cpp tlsctl/health/agent_report.hpp \
	tlsctl/health/checks.hpp \
	tlsctl/health/clock_check.cpp tlsctl/health/clock_check.hpp \
	tlsctl/health/commands.hpp \
	tlsctl/health/configuration_check.cpp \
	tlsctl/health/credential_check.cpp tlsctl/health/credential_check.hpp \
	tlsctl/health/doctor.cpp \
	tlsctl/health/examination.cpp tlsctl/health/examination.hpp \
	tlsctl/health/exports_check.cpp tlsctl/health/exports_check.hpp \
	tlsctl/health/finding.cpp tlsctl/health/finding.hpp \
	tlsctl/health/fstab.cpp tlsctl/health/fstab.hpp \
	tlsctl/health/fstab_check.cpp tlsctl/health/fstab_check.hpp \
	tlsctl/health/host_reach.cpp tlsctl/health/host_reach.hpp \
	tlsctl/health/kernel_check.cpp tlsctl/health/kernel_check.hpp \
	tlsctl/health/keyring_check.cpp tlsctl/health/keyring_check.hpp \
	tlsctl/health/network_check.cpp tlsctl/health/network_check.hpp \
	tlsctl/health/nfs_utils_check.cpp tlsctl/health/nfs_utils_check.hpp \
	tlsctl/health/own_certificates.cpp tlsctl/health/own_certificates.hpp \
	tlsctl/health/repair.cpp tlsctl/health/repair.hpp \
	tlsctl/health/status.cpp \
	tlsctl/health/status_agent.cpp tlsctl/health/status_agent.hpp \
	tlsctl/health/status_transports.cpp tlsctl/health/status_transports.hpp \
	tlsctl/health/trust_check.cpp tlsctl/health/trust_check.hpp
