# SPDX-License-Identifier: LGPL-2.1-or-later
# One Boost.Test program for each layer and program; titles are sentences.
UNIT_CPPFLAGS = $(AM_CPPFLAGS) -DBOOST_TEST_DYN_LINK -DTEST_DATA='"$(abs_top_srcdir)/tests/unit/data"'
UNIT_LDADD = librpctls-core.la -lboost_unit_test_framework

include tests/unit/base/base.mk
include tests/unit/wire/wire.mk
include tests/unit/kernel/kernel.mk
include tests/unit/keys/keys.mk
include tests/unit/tls/tls.mk
include tests/unit/tls/engine.mk
include tests/unit/quic/quic.mk
include tests/unit/client/client.mk
include tests/unit/server/server.mk
include tests/unit/agent/agent.mk
include tests/unit/mount-helper/mount-helper.mk
include tests/unit/tlsctl/tlsctl.mk
include tests/unit/tlsctl/certificates.mk
include tests/unit/tlsctl/probe.mk
