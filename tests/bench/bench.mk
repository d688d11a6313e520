# SPDX-License-Identifier: LGPL-2.1-or-later
# Programs that measure: built with the tests so that they keep building, run by hand (each script says how).
EXTRA_DIST += tests/bench/RESULTS.md tests/bench/mount-latency.sh tests/bench/agent.sh \
	tests/bench/identities.sh
BENCHES = bench_storm bench_agent_native
check_PROGRAMS += $(BENCHES)
benches: $(BENCHES)
.PHONY: benches
bench_storm_SOURCES = tests/bench/storm.cpp
bench_storm_LDADD = librpctls-core.la
bench_agent_native_SOURCES = tests/bench/agent_native.cpp
bench_agent_native_CPPFLAGS = $(AM_CPPFLAGS) $(GNUTLS_CFLAGS)
bench_agent_native_LDADD = librpctlsd.la $(GNUTLS_LIBS)
