#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Results from files where the kernel seals the records, beside the same read into memory first.
#
# usage: tests/lab/run [--suite sid] tests/bench/bulk.sh [SECONDS]      built before: make -C build bench_bulk
modprobe tls
echo "Linux $(uname -r), $LAB_BACKEND"
exec /lab/repo/build/bench_bulk "${1:-2}"
