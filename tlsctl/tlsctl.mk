# SPDX-License-Identifier: LGPL-2.1-or-later
# Everything but main() is an archive, so that the tests run whole command lines in their own process.
noinst_LTLIBRARIES += libtlsctl.la
libtlsctl_la_SOURCES =
libtlsctl_la_LIBADD = librpctls-core.la

include tlsctl/cli/cli.mk
include tlsctl/certificates/certificates.mk
include tlsctl/configuration/configuration.mk
include tlsctl/exports/exports.mk
include tlsctl/health/health.mk
include tlsctl/identities/identities.mk
include tlsctl/psks/psks.mk
include tlsctl/servers/servers.mk
include tlsctl/setup/setup.mk
include tlsctl/trust/trust.mk

sbin_PROGRAMS += tlsctl/tlsctl
tlsctl_tlsctl_SOURCES = tlsctl/main.cpp
tlsctl_tlsctl_LDADD = libtlsctl.la
