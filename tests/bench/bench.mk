# SPDX-License-Identifier: LGPL-2.1-or-later
# Programs that measure: built with the tests so that they keep building, run by hand (each script says how).
EXTRA_DIST += tests/bench/RESULTS.md tests/bench/mount-latency.sh tests/bench/agent.sh \
	tests/bench/identities.sh
BENCHES = bench_storm bench_agent_native bench_rpc_calls bench_server bench_bulk
check_PROGRAMS += $(BENCHES)
benches: $(BENCHES)
.PHONY: benches
bench_storm_SOURCES = tests/bench/storm.cpp
bench_storm_LDADD = librpctls-core.la
bench_agent_native_SOURCES = tests/bench/agent_native.cpp
bench_agent_native_CPPFLAGS = $(AM_CPPFLAGS) $(GNUTLS_CFLAGS)
bench_agent_native_LDADD = librpctlsd.la $(GNUTLS_LIBS)
# libtirpc's handles beside ours: `make -C build bench_rpc_calls && build/bench_rpc_calls`, with stunnel installed.
bench_rpc_calls_SOURCES = tests/bench/rpc_calls.cpp tests/bench/child.hpp tests/bench/in_flight.hpp tests/unit/tls/test_pki.cpp \
	tests/bench/gnutls_stream.cpp tests/bench/gnutls_stream.hpp
bench_rpc_calls_CPPFLAGS = $(AM_CPPFLAGS) $(TIRPC_CFLAGS) $(GNUTLS_CFLAGS)
bench_rpc_calls_LDADD = librpctls-core.la $(TIRPC_LIBS) $(GNUTLS_LIBS)
# Server and svc_tls_create(): `make -C build bench_server && build/bench_server`.
bench_server_SOURCES = tests/bench/server.cpp tests/bench/child.hpp tests/unit/tls/test_pki.cpp \
	tests/bench/server_loads.cpp tests/bench/server_loads.hpp \
	tests/bench/stretches.cpp tests/bench/stretches.hpp
bench_server_CPPFLAGS = $(AM_CPPFLAGS) $(TIRPC_CFLAGS) $(GNUTLS_CFLAGS)
bench_server_LDADD = librpctls-core.la $(TIRPC_LIBS) $(GNUTLS_LIBS)
# Results from a file beside the same from memory: `make -C build bench_bulk && build/bench_bulk`; in the lab, where the
# kernel seals, `tests/lab/run tests/bench/bulk.sh`.
EXTRA_DIST += tests/bench/bulk.sh
bench_bulk_SOURCES = tests/bench/bulk.cpp tests/bench/child.hpp tests/bench/in_flight.hpp tests/unit/tls/test_pki.cpp
bench_bulk_CPPFLAGS = $(AM_CPPFLAGS) $(TIRPC_CFLAGS) $(GNUTLS_CFLAGS)
bench_bulk_LDADD = librpctls-core.la $(TIRPC_LIBS) $(GNUTLS_LIBS)
