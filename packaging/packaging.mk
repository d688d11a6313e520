# SPDX-License-Identifier: LGPL-2.1-or-later
dist_sbin_SCRIPTS = packaging/rpctls-takeover

# The paths of this build go into the unit.
systemdsystemunit_DATA = packaging/systemd/rpctlsd.service
EXTRA_DIST += packaging/systemd/rpctlsd.service.in
CLEANFILES += packaging/systemd/rpctlsd.service
packaging/systemd/rpctlsd.service: $(srcdir)/packaging/systemd/rpctlsd.service.in Makefile
	$(AM_V_GEN)$(MKDIR_P) packaging/systemd && \
	sed 's|@sbindir[@]|$(sbindir)|g' $(srcdir)/packaging/systemd/rpctlsd.service.in >$@
