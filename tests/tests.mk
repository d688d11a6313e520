# SPDX-License-Identifier: LGPL-2.1-or-later
EXTRA_DIST += tests/architecture tests/packages tests/prepare tests/style \
	tests/conformance tests/demo tests/lab tests/support

if BUILD_TESTS
include tests/unit/unit.mk
include tests/fuzz/fuzz.mk
include tests/bench/bench.mk
endif
