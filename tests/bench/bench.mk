# SPDX-License-Identifier: LGPL-2.1-or-later
EXTRA_DIST += tests/bench/RESULTS.md tests/bench/mount-latency.sh
