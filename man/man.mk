# SPDX-License-Identifier: LGPL-2.1-or-later
dist_man8_MANS += man/mount.nfstls.8
dist_man8_MANS += man/rpctls-takeover.8
dist_man8_MANS += man/tlsctl.8
dist_man3_MANS += man/rpctls_agent_handshake.3
dist_man5_MANS += man/rpctls.conf.5
dist_man8_MANS += man/rpctlsd.8
