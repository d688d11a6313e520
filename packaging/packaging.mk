# SPDX-License-Identifier: LGPL-2.1-or-later
dist_sbin_SCRIPTS = packaging/rpctls-takeover
