# SPDX-License-Identifier: LGPL-2.1-or-later
# The documented face: what a program outside this tree includes.
rpctlsincludedir = $(includedir)/rpctls
rpctlsinclude_HEADERS = \
	rpc/include/rpctls/api.h \
	rpc/include/rpctls/auth_sys.hpp \
	rpc/include/rpctls/call.hpp \
	rpc/include/rpctls/clnt.h \
	rpc/include/rpctls/connection.hpp \
	rpc/include/rpctls/error.hpp \
	rpc/include/rpctls/file_range.hpp \
	rpc/include/rpctls/parameters.hpp \
	rpc/include/rpctls/piece.hpp \
	rpc/include/rpctls/result.hpp \
	rpc/include/rpctls/rpctls.h \
	rpc/include/rpctls/server.hpp \
	rpc/include/rpctls/svc.h \
	rpc/include/rpctls/tls_hs.h \
	rpc/include/rpctls/xdr.hpp
