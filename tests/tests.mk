# SPDX-License-Identifier: LGPL-2.1-or-later
if BUILD_TESTS
include tests/unit/unit.mk
include tests/fuzz/fuzz.mk
include tests/bench/bench.mk
endif
