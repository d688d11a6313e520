# SPDX-License-Identifier: LGPL-2.1-or-later
check_PROGRAMS += unit_server
TESTS += unit_server
unit_server_SOURCES = tests/unit/main.cpp tests/unit/octets.hpp \
	tests/unit/client/scripted_peer.hpp \
	tests/unit/server/calling.hpp \
	tests/unit/server/example_test.cpp \
	tests/unit/server/faces_test.cpp \
	tests/unit/server/reception_test.cpp \
	tests/unit/server/resumption_test.cpp \
	tests/unit/server/server_fixture.hpp \
	tests/unit/server/server_hostile_test.cpp \
	tests/unit/server/server_test.cpp \
	tests/unit/server/svc_fixture.cpp tests/unit/server/svc_fixture.hpp \
	tests/unit/server/svc_hostile_test.cpp \
	tests/unit/server/svc_choice_test.cpp \
	tests/unit/server/svc_material_test.cpp \
	tests/unit/server/svc_relay.cpp tests/unit/server/svc_relay.hpp \
	tests/unit/tls/tls_tool.cpp tests/unit/tls/tls_tool.hpp \
	tests/unit/server/svc_tls_test.cpp \
	tests/unit/server/svc_tools_test.cpp \
	tests/unit/tls/test_pki.cpp tests/unit/tls/test_pki.hpp
unit_server_CPPFLAGS = $(UNIT_CPPFLAGS) $(GNUTLS_CFLAGS) $(TIRPC_CFLAGS) -DBUILD_DIR='"$(abs_top_builddir)"'
EXTRA_unit_server_DEPENDENCIES = tally-server-cxx$(EXEEXT) tally-server$(EXEEXT) tally-client$(EXEEXT) \
	tally-connection$(EXEEXT)
unit_server_LDADD = $(UNIT_LDADD) $(GNUTLS_LIBS) $(TIRPC_LIBS)

# Octets that are sent from files, by both servers and the client.
check_PROGRAMS += unit_files
TESTS += unit_files
unit_files_SOURCES = tests/unit/main.cpp tests/unit/octets.hpp \
	tests/unit/server/file_pieces_test.cpp \
	tests/unit/server/files_sent_test.cpp \
	tests/unit/server/sent_file.hpp \
	tests/unit/server/server_fixture.hpp \
	tests/unit/server/svc_fixture.cpp tests/unit/server/svc_fixture.hpp \
	tests/unit/tls/test_pki.cpp tests/unit/tls/test_pki.hpp
unit_files_CPPFLAGS = $(UNIT_CPPFLAGS) $(GNUTLS_CFLAGS) $(TIRPC_CFLAGS)
unit_files_LDADD = $(UNIT_LDADD) $(GNUTLS_LIBS) $(TIRPC_LIBS)

# Has an operator new of its own.
check_PROGRAMS += unit_server_memory
TESTS += unit_server_memory
unit_server_memory_SOURCES = tests/unit/main.cpp tests/unit/octets.hpp \
	tests/unit/server/server_fixture.hpp \
	tests/unit/server/server_memory_test.cpp \
	tests/unit/server/svc_fixture.cpp tests/unit/server/svc_fixture.hpp \
	tests/unit/tls/test_pki.cpp tests/unit/tls/test_pki.hpp
unit_server_memory_CPPFLAGS = $(UNIT_CPPFLAGS) $(GNUTLS_CFLAGS) $(TIRPC_CFLAGS)
unit_server_memory_LDADD = $(UNIT_LDADD) $(GNUTLS_LIBS) $(TIRPC_LIBS)
