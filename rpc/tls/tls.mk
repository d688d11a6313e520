# SPDX-License-Identifier: LGPL-2.1-or-later
librpctls_core_la_SOURCES += \
	rpc/tls/certificate.cpp rpc/tls/certificate.hpp \
	rpc/tls/der.hpp \
	rpc/tls/gnutls_handles.hpp \
	rpc/tls/x509.cpp rpc/tls/x509.hpp
