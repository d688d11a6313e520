# SPDX-License-Identifier: LGPL-2.1-or-later
dist_sbin_SCRIPTS = packaging/rpctls-takeover

# One text, two units, with the paths of this build.
systemdsystemunit_DATA = packaging/systemd/rpctlsd.service packaging/systemd/rpctlsd@.service
systemdsystemunit_DATA += packaging/systemd/rpctls-identities.service
systemdsystemunit_DATA += packaging/systemd/rpctls-psks.service packaging/systemd/rpctls-crl.service
dist_systemdsystemunit_DATA = packaging/systemd/rpctls-crl.timer
EXTRA_DIST += packaging/systemd/rpctlsd.service.in packaging/systemd/rpctls-identities.service.in
EXTRA_DIST += packaging/systemd/rpctls-psks.service.in packaging/systemd/rpctls-crl.service.in
CLEANFILES += $(systemdsystemunit_DATA)
unit = $(MKDIR_P) packaging/systemd && \
	sed -e 's|@sbindir[@]|$(sbindir)|g' -e '/^\#%/d' $(srcdir)/packaging/systemd/rpctlsd.service.in
packaging/systemd/rpctlsd.service: $(srcdir)/packaging/systemd/rpctlsd.service.in Makefile
	$(AM_V_GEN)$(unit) | sed -e 's/^\#host //' -e '/^\#netns /d' >$@
packaging/systemd/rpctlsd@.service: $(srcdir)/packaging/systemd/rpctlsd.service.in Makefile
	$(AM_V_GEN)$(unit) | sed -e 's/^\#netns //' -e '/^\#host /d' >$@
packaging/systemd/rpctls-identities.service: $(srcdir)/packaging/systemd/rpctls-identities.service.in Makefile
	$(AM_V_GEN)$(MKDIR_P) packaging/systemd && \
		sed -e 's|@sbindir[@]|$(sbindir)|g' $(srcdir)/packaging/systemd/rpctls-identities.service.in >$@
packaging/systemd/rpctls-psks.service: $(srcdir)/packaging/systemd/rpctls-psks.service.in Makefile
	$(AM_V_GEN)$(MKDIR_P) packaging/systemd && \
		sed -e 's|@sbindir[@]|$(sbindir)|g' $(srcdir)/packaging/systemd/rpctls-psks.service.in >$@
packaging/systemd/rpctls-crl.service: $(srcdir)/packaging/systemd/rpctls-crl.service.in Makefile
	$(AM_V_GEN)$(MKDIR_P) packaging/systemd && \
		sed -e 's|@sbindir[@]|$(sbindir)|g' $(srcdir)/packaging/systemd/rpctls-crl.service.in >$@

# Shells look for the completion of a program here.
bashcompletiondir = $(datadir)/bash-completion/completions
dist_bashcompletion_DATA = packaging/completions/tlsctl
zshcompletiondir = $(datadir)/zsh/vendor-completions
dist_zshcompletion_DATA = packaging/completions/_tlsctl

# For a root over NFS: rpctls-recipes(7) says how it is put into use. Not among initramfs-tools' own hooks, since it copies keys.
initramfsdir = $(pkgdatadir)/initramfs
dist_initramfs_SCRIPTS = packaging/initramfs/hook
dist_initramfs_DATA = packaging/initramfs/nfstls
