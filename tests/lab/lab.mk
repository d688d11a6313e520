# SPDX-License-Identifier: LGPL-2.1-or-later
# What the lab's scripts run beside the installed programs.
noinst_PROGRAMS += lab_ktls_faces
lab_ktls_faces_SOURCES = tests/lab/ktls_faces.cpp
lab_ktls_faces_CPPFLAGS = $(AM_CPPFLAGS) $(TIRPC_CFLAGS) $(GNUTLS_CFLAGS)
lab_ktls_faces_LDADD = librpctls-core.la $(TIRPC_LIBS) $(GNUTLS_LIBS) $(KEYUTILS_LIBS)
