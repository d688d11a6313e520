# SPDX-License-Identifier: LGPL-2.1-or-later
# The issuing side of rpc/tls.
librpctls_core_la_SOURCES += \
	rpc/tls/authority.cpp rpc/tls/authority.hpp \
	rpc/tls/bundle.cpp rpc/tls/bundle.hpp rpc/tls/bundle_impl.hpp rpc/tls/bundle_reader.cpp \
	rpc/tls/ca_limits.cpp rpc/tls/ca_limits.hpp \
	rpc/tls/certificate_check.cpp rpc/tls/certificate_check.hpp \
	rpc/tls/certificate_builder.cpp rpc/tls/certificate_builder.hpp rpc/tls/name_constraints.cpp \
	rpc/tls/certificate_request.cpp rpc/tls/certificate_request.hpp rpc/tls/signing_request.hpp \
	rpc/tls/issuer.cpp rpc/tls/issuer.hpp \
	rpc/tls/key_encryption.cpp rpc/tls/key_encryption.hpp \
	rpc/tls/key_pair.cpp rpc/tls/key_pair.hpp \
	rpc/tls/passphrase.cpp rpc/tls/passphrase.hpp \
	rpc/tls/private_key.cpp rpc/tls/private_key.hpp \
	rpc/tls/revocation_entries.cpp rpc/tls/revocation_entries.hpp \
	rpc/tls/revocation_list.cpp rpc/tls/revocation_list.hpp \
	rpc/tls/subject_names.cpp rpc/tls/subject_names.hpp
