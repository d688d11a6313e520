# SPDX-License-Identifier: LGPL-2.1-or-later
EXTRA_DIST += tests/architecture tests/packages tests/prepare tests/style \
	tests/conformance tests/demo tests/lab tests/support

if BUILD_TESTS
include tests/unit/unit.mk
include tests/fuzz/fuzz.mk
include tests/bench/bench.mk
include tests/lab/lab.mk

# For clang, see tests/support/build-tests.
precompiled.pch: $(srcdir)/tests/support/precompiled.hpp Makefile
	$(AM_V_GEN)$(CXX) $(DEFS) $(DEFAULT_INCLUDES) $(AM_CPPFLAGS) $(CPPFLAGS) \
		$(AM_CXXFLAGS) $(CXXFLAGS) -x c++-header $(srcdir)/tests/support/precompiled.hpp -o $@
CLEANFILES += precompiled.pch
endif
